# lobbyd_layer(NAME SOURCES... [USES other layers and libraries...]): one folder, one static library.
function(lobbyd_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
  add_library(lobbyd_${name} STATIC ${arg_SOURCES})
  target_link_libraries(lobbyd_${name} PUBLIC lobbyd_options ${arg_USES})
endfunction()

# lobbyd_unit_test(NAME SOURCES... USES...): a GoogleTest program tests_NAME, one CTest entry.
function(lobbyd_unit_test name)
  lobbyd_test_program(${name} ${ARGN})
  add_test(NAME ${name} COMMAND tests_${name})
endfunction()

# lobbyd_parted_test(NAME PARTS SOURCES... USES...): the same with a CTest entry NAME_1 to NAME_PARTS for each part of
# the cases: a program that mostly waits for others has parts that run side by side. `NAME_entries` lists them.
function(lobbyd_parted_test name parts)
  lobbyd_test_program(${name} ${ARGN})
  set(entries)
  foreach(part RANGE 1 ${parts})
    math(EXPR index "${part} - 1")
    add_test(NAME ${name}_${part} COMMAND tests_${name})
    set_tests_properties(${name}_${part} PROPERTIES ENVIRONMENT
      "GTEST_TOTAL_SHARDS=${parts};GTEST_SHARD_INDEX=${index};GTEST_OUTPUT=xml:${CMAKE_BINARY_DIR}/reports/tests_${name}_${part}.xml")
    list(APPEND entries ${name}_${part})
  endforeach()
  set(${name}_entries ${entries} PARENT_SCOPE)
endfunction()

function(lobbyd_test_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
  add_executable(tests_${name} ${arg_SOURCES})
  target_link_libraries(tests_${name} PRIVATE lobbyd_options ${arg_USES} GTest::gtest_main GTest::gmock)
endfunction()

# lobbyd_fuzz_target(NAME SOURCES... USES...): a libFuzzer program fuzz_NAME; seeds in tests/fuzz/corpus/NAME.
# The target `fuzzers` builds all of them.
function(lobbyd_fuzz_target name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
  if(LOBBYD_FUZZ)
    add_executable(fuzz_${name} ${arg_SOURCES})
    target_link_libraries(fuzz_${name} PRIVATE lobbyd_options ${arg_USES})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    if(NOT TARGET fuzzers)
      add_custom_target(fuzzers)
    endif()
    add_dependencies(fuzzers fuzz_${name})
  endif()
endfunction()
