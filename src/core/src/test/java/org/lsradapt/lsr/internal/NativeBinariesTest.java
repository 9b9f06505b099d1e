package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NativeBinariesTest {

    @Test
    void complaint_namesWhatIsMissing() {
        assertEquals(Optional.empty(), NativeBinaries.complaint(), "this build's own class path");
        assertEquals(
                Optional.of(
                        "the class path lacks binaries of ND4J for linux-arm64; Maven resolves them by the profiles of"
                                + " lsr-adapt-cpu, which Gradle ignores: add to its dependencies"
                                + " runtimeOnly(\"org.nd4j:nd4j-native:1.0.0-M2.1:linux-arm64\"),"
                                + " runtimeOnly(\"org.bytedeco:javacpp:1.5.14:linux-arm64\")"
                                + " (docs/reference/artifacts.md, Binaries)"),
                NativeBinaries.complaint("linux-arm64", file -> file.startsWith("org/bytedeco/openblas/linux-arm64/")));
        assertEquals(
                Optional.of(
                        "ND4J has no binaries for linux-riscv64, expected one of [linux-x86_64, linux-arm64, macosx-x86_64,"
                                + " macosx-arm64, windows-x86_64]"),
                NativeBinaries.complaint("linux-riscv64", file -> false));
    }

    @Test
    void messages_areThoseOfThePage() throws IOException {
        String page = Files.readString(Path.of("docs/guides/troubleshooting.md"));
        String missing = NativeBinaries.complaint("linux-x86_64", file -> false).orElseThrow();
        assertTrue(page.contains("    " + missing.substring(0, missing.indexOf(" add to"))), missing);
        String unknown = NativeBinaries.complaint("linux-armhf", file -> false).orElseThrow();
        assertTrue(page.contains("    " + unknown + "\n"), unknown);
        assertTrue(page.contains("    " + InstalledNd4j.NO_BACKEND + "\n"), InstalledNd4j.NO_BACKEND);
    }

    @Test
    void jarsAndPlatforms_areThoseOfThePoms() throws IOException {
        String versions = Files.readString(Path.of("pom.xml"));
        for (NativeBinaries.Jar jar : NativeBinaries.JARS) {
            String version = jar.artifact().substring(jar.artifact().lastIndexOf(':') + 1);
            assertTrue(versions.contains(".version>" + version + "</"), jar::artifact);
        }
        String cpu = Files.readString(Path.of("src/cpu/pom.xml"));
        NativeBinaries.PLATFORMS.forEach(platform -> assertTrue(cpu.contains("<id>" + platform + "</id>"), platform));
    }

    @Test
    void reason_isTheLastOfJavaCpps() {
        UnsatisfiedLinkError last = new UnsatisfiedLinkError("no jniopenblas in java.library.path: /usr/lib");
        last.initCause(new UnsatisfiedLinkError("/cache/libjniopenblas.so: ld-linux-x86-64.so.2: cannot open"));
        assertEquals("/cache/libjniopenblas.so: ld-linux-x86-64.so.2: cannot open", NativeBinaries.reason(last));
    }
}
