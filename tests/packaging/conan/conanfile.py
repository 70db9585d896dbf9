"""Builds and runs the consumer against the package that `conan create .` has made."""

import os

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, cmake_layout


class Consumer(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeToolchain", "CMakeDeps"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def build(self):
        cmake = CMake(self)
        cmake.configure(build_script_folder="../find_package")
        cmake.build()

    def test(self):
        folder = self.cpp.build.bindir
        if self.settings.os == "Emscripten":  # Node runs what this machine cannot
            self.run("node " + os.path.join(folder, "consumer.js"))
            self.run("node " + os.path.join(folder, "host.mjs"))
        elif can_run(self):
            self.run(os.path.join(folder, "consumer"), env="conanrun")
