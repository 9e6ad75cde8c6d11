<%doc>An ESP-IDF project. Needs: g.</%doc>\
# An ESP-IDF project around ${g.name}: idf.py build. Yours to change.

cmake_minimum_required(VERSION 3.16)
include(<%text>$ENV{IDF_PATH}</%text>/tools/cmake/project.cmake)
project(${g.name}_app)
