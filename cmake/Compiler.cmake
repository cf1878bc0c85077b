set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# -g1 gives stack traces their lines, at a fraction of what full debug information costs in compile time.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO
  "-O2 -g1 -DNDEBUG -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2")
set(CMAKE_EXE_LINKER_FLAGS_RELWITHDEBINFO "-Wl,-z,relro,-z,now")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(lobbyd_options INTERFACE)
target_include_directories(lobbyd_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(lobbyd_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# The standard library checks its preconditions: a fault in a network daemon must end in an abort, not in an exploit.
target_compile_definitions(lobbyd_options INTERFACE _GLIBCXX_ASSERTIONS)
if(LOBBYD_SANITIZE)
  # -O1 makes the instrumented tests several times faster than -O0, and keeps the stack traces whole.
  target_compile_options(lobbyd_options INTERFACE
    -O1 -g1 -U_FORTIFY_SOURCE -fsanitize=${LOBBYD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(lobbyd_options INTERFACE -fsanitize=${LOBBYD_SANITIZE})
endif()
if(LOBBYD_FUZZ)
  target_compile_options(lobbyd_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
