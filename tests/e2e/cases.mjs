// The account of what passed and failed: one line a case, and the sum as the last one.
const longest = 30_000 // ms

let passed = 0
let failed = 0

// What `promise` comes to, if it does in time.
export function within(milliseconds, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${milliseconds} ms`)), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

export async function runCase(name, course) {
  const began = Date.now()
  try {
    await within(longest, course())
    passed += 1
    console.log(`ok      ${name} (${Date.now() - began} ms)`)
  } catch (error) {
    failed += 1
    console.log(`FAILED  ${name}: ${error.message}`)
  }
}

// The exit status.
export function sum() {
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}
