"""Conan 2 recipe: the headers, found with linmem's own CMake configuration."""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import supported_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load


class Linmem(ConanFile):
    name = "linmem"
    description = "WebAssembly linear-memory primitives for C++20"
    license = "MIT"
    topics = ("webassembly", "memory", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    exports_sources = "CMakeLists.txt", "LICENSE", "include/*"
    no_copy_source = True
    test_package_folder = "tests/packaging/conan"

    def set_version(self):
        config = load(self, os.path.join(self.recipe_folder, "include/linmem/config.hpp"))
        numbers = re.findall(r"^#define LINMEM_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", config, re.M)
        self.version = ".".join(numbers)

    def validate(self):
        # What the compiler can do, not the profile's cppstd: the target asks CMake for C++20, which
        # raises the standard of whoever links it. None is a compiler that Conan knows nothing of.
        known = supported_cppstd(self)
        if known is not None and "20" not in known:
            raise ConanInvalidConfiguration("linmem needs a compiler with C++20")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "EXAMPLES", "BENCH"):
            toolchain.cache_variables[f"LINMEM_BUILD_{part}"] = False
        toolchain.generate()

    def package(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_id(self):
        self.info.clear()  # headers are the same for everyone

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        # The installed configuration says everything; a second one made by Conan could differ.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("share", "cmake", "linmem")]
