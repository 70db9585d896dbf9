# cmake -D NM=... -D OBJECT=... -D WITH_SECOND=... -P absent_format.cmake: a format has symbols in the
# object when it is listed, and none when it is not.
execute_process(COMMAND ${NM} ${OBJECT} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
if(NOT symbols MATCHES "open_first" OR NOT symbols MATCHES "opened_first")
  message(FATAL_ERROR "The first format is not in the object:\n${symbols}")
endif()
if(WITH_SECOND AND NOT symbols MATCHES "opened_second")
  message(FATAL_ERROR "The second format is listed and not in the object:\n${symbols}")
endif()
if(NOT WITH_SECOND AND symbols MATCHES "second")
  message(FATAL_ERROR "The second format is not listed and in the object:\n${symbols}")
endif()
