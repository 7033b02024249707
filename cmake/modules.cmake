# The architecture as a table: one row per module, the modules it may include *directly*.
# What those may use is allowed too (the closure is computed). Both the CMake link line and every
# #include of a module are checked against this table at configure time; see metaspatial_module().
set(METASPATIAL_ALL_MODULES base chat scene physics assets render judge reward curate env vlm eval rl app)
set(METASPATIAL_EDGES_base    "")
set(METASPATIAL_EDGES_chat    base)
set(METASPATIAL_EDGES_scene   base)
set(METASPATIAL_EDGES_physics scene)
set(METASPATIAL_EDGES_assets  scene)
set(METASPATIAL_EDGES_render  scene assets)
set(METASPATIAL_EDGES_judge   chat render physics)
set(METASPATIAL_EDGES_reward  physics judge)
set(METASPATIAL_EDGES_curate  physics assets)
set(METASPATIAL_EDGES_env     reward render)
set(METASPATIAL_EDGES_vlm     base)
set(METASPATIAL_EDGES_eval    env vlm curate)
set(METASPATIAL_EDGES_rl      eval)
set(METASPATIAL_EDGES_app     rl eval curate env vlm reward judge render assets physics scene chat base)

# Modules whose tests load libtorch.
set(METASPATIAL_TORCH_MODULES vlm eval rl)

# Sets OUT to MODULE's allowed modules: its row and, transitively, theirs.
function(metaspatial_allowed MODULE OUT)
  set(todo ${METASPATIAL_EDGES_${MODULE}})
  set(seen "")
  while(todo)
    list(POP_FRONT todo next)
    if(NOT next IN_LIST seen)
      list(APPEND seen ${next})
      list(APPEND todo ${METASPATIAL_EDGES_${next}})
    endif()
  endwhile()
  set(${OUT} "${seen}" PARENT_SCOPE)
endfunction()

# Stops the configuration if a file of MODULE includes a module that the table does not allow.
function(metaspatial_check_includes MODULE)
  metaspatial_allowed(${MODULE} allowed)
  list(APPEND allowed ${MODULE})
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  foreach(file IN LISTS files)
    file(STRINGS ${file} lines REGEX "^#include \"metaspatial/")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^#include \"metaspatial/([a-z]+)/.*" "\\1" used "${line}")
      if(NOT used IN_LIST allowed)
        message(FATAL_ERROR "${file}: module '${MODULE}' may not include '${used}' (cmake/modules.cmake)")
      endif()
    endforeach()
  endforeach()
endfunction()

# metaspatial_module(NAME SOURCES ... [TESTS ...] [SLOW_TESTS ...] [USES module ...] [LIBRARIES target ...]
#                    [PRIVATE_LIBRARIES target ...])
# defines metaspatial_NAME (alias metaspatial::NAME) and, where there are tests, metaspatial_NAME_test
# (label `unit`) and metaspatial_NAME_slow_test (label `slow`).
function(metaspatial_module NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;TESTS;SLOW_TESTS;USES;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
  metaspatial_allowed(${NAME} allowed)
  foreach(used IN LISTS ARG_USES)
    if(NOT used IN_LIST allowed)
      message(FATAL_ERROR "module '${NAME}' may not link '${used}' (cmake/modules.cmake)")
    endif()
  endforeach()
  metaspatial_check_includes(${NAME})
  add_library(metaspatial_${NAME} STATIC ${ARG_SOURCES})
  add_library(metaspatial::${NAME} ALIAS metaspatial_${NAME})
  target_include_directories(metaspatial_${NAME} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM ARG_USES PREPEND metaspatial::)
  target_link_libraries(metaspatial_${NAME} PUBLIC ${ARG_USES} ${ARG_LIBRARIES}
                                            PRIVATE ${ARG_PRIVATE_LIBRARIES} metaspatial_warnings)
  foreach(kind IN ITEMS unit slow)
    if(kind STREQUAL unit)
      set(target metaspatial_${NAME}_test)
      set(tests ${ARG_TESTS})
    else()
      set(target metaspatial_${NAME}_slow_test)
      set(tests ${ARG_SLOW_TESTS})
    endif()
    if(METASPATIAL_TESTS AND tests)
      add_executable(${target} ${tests})
      target_link_libraries(${target} PRIVATE metaspatial::${NAME} ${ARG_PRIVATE_LIBRARIES} metaspatial_warnings
                                              GTest::gtest GTest::gtest_main)
      target_compile_definitions(${target} PRIVATE
        METASPATIAL_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
        METASPATIAL_GOLDEN_DIR="${PROJECT_SOURCE_DIR}/../shared/reference")
      if(NAME IN_LIST METASPATIAL_TORCH_MODULES OR kind STREQUAL slow)
        # One process for all: loading libtorch takes longer than most of these tests.
        add_test(NAME ${NAME}.${kind} COMMAND ${target})
        set_tests_properties(${NAME}.${kind} PROPERTIES LABELS ${kind} TIMEOUT 900)
      else()
        gtest_discover_tests(${target} TEST_PREFIX ${NAME}. DISCOVERY_TIMEOUT 60
                             PROPERTIES LABELS ${kind} TIMEOUT 600)
      endif()
    endif()
  endforeach()
endfunction()
