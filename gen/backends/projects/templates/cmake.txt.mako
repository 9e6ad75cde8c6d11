<%doc>A program around the library. Needs: g.</%doc>\
# A program that feeds ${g.name} samples from standard input. Yours to change.

cmake_minimum_required(VERSION 3.16)
project(${g.name}_app C)

add_subdirectory(lib/${g.name})
add_executable(${g.name}_app main.c)
target_link_libraries(${g.name}_app PRIVATE ${g.name}::${g.name})

enable_testing()
add_executable(${g.name}_selftest lib/${g.name}/test/${g.name}_selftest.c)
target_link_libraries(${g.name}_selftest PRIVATE ${g.name})
add_test(NAME ${g.name} COMMAND ${g.name}_selftest)
