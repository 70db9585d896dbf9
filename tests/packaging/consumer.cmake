# What each project here makes once it has linmem::linmem: a program and, under Emscripten, a module
# with its host. The headers are held to the warnings of a strict project, not taken for a system's.
set(strict
    -Wall
    -Wextra
    -Wpedantic
    -Wconversion
    -Wsign-conversion
    -Wshadow
    -Werror
)

add_executable(consumer ${CMAKE_CURRENT_LIST_DIR}/consumer.cpp)
target_link_libraries(consumer PRIVATE linmem::linmem)
target_compile_options(consumer PRIVATE ${strict})
set_target_properties(consumer PROPERTIES NO_SYSTEM_FROM_IMPORTED ON)

if(EMSCRIPTEN)
  add_executable(module ${CMAKE_CURRENT_LIST_DIR}/module.cpp)
  target_link_libraries(module PRIVATE linmem::linmem)
  target_compile_options(module PRIVATE ${strict})
  target_link_options(module PRIVATE --no-entry -sMODULARIZE -sEXPORT_ES6 -sALLOW_MEMORY_GROWTH)
  set_target_properties(module PROPERTIES NO_SYSTEM_FROM_IMPORTED ON SUFFIX .mjs)

  # The JavaScript half lies with the headers, wherever those are.
  if(NOT linmem_include)
    get_target_property(linmem_include linmem::linmem HEADER_DIRS)
  endif()
  file(COPY ${linmem_include}/linmem/js DESTINATION linmem)
  file(COPY ${CMAKE_CURRENT_LIST_DIR}/host.mjs DESTINATION .)
endif()
