# Stands in for Zephyr's package in tests: modules, libraries of theirs, and an app, as a program of this machine.

set(ZEPHYR_BASE ${CMAKE_CURRENT_LIST_DIR})
project(zephyr_standin C)
add_library(zephyr_interface INTERFACE)
include_directories(${CMAKE_CURRENT_LIST_DIR}/../headers)

function(zephyr_library_named name)
    add_library(${name} STATIC)
    target_link_libraries(${name} PUBLIC zephyr_interface)
    set(ZEPHYR_CURRENT_LIBRARY ${name} PARENT_SCOPE)
    set_property(GLOBAL APPEND PROPERTY ZEPHYR_LIBS ${name})
endfunction()

function(zephyr_include_directories)
    foreach(folder ${ARGN})
        target_include_directories(zephyr_interface INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/${folder})
    endforeach()
endfunction()

function(zephyr_library_sources)
    target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()

function(zephyr_library_compile_options)
    target_compile_options(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()

foreach(module ${ZEPHYR_EXTRA_MODULES})
    file(READ ${module}/zephyr/module.yml said)
    if(NOT said MATCHES "cmake: \\.")
        message(FATAL_ERROR "${module}: module.yml names no CMake folder")
    endif()
    get_filename_component(name ${module} NAME)
    add_subdirectory(${module} ${CMAKE_BINARY_DIR}/modules/${name})
endforeach()

get_property(libs GLOBAL PROPERTY ZEPHYR_LIBS)
add_executable(app)
target_link_libraries(app PRIVATE ${libs} m)
