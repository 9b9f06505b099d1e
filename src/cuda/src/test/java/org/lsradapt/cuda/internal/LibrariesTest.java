package org.lsradapt.cuda.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibrariesTest {
    @TempDir
    Path root;

    private final Map<String, String> properties = new HashMap<>();
    private final Map<String, String> environment = new HashMap<>();

    private Libraries libraries() {
        return new Libraries(properties::get, environment::get, root);
    }

    private String file(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.createFile(file).toString();
    }

    /** From the last place to the first: each takes over from those behind it. */
    @Test
    void cublasLt_inSeveralPlaces_isTheOneOfTheFirst() throws IOException {
        environment.put("HOME", root.resolve("home").toString());
        String home = file("home/.local/lib/python3.12/site-packages/nvidia/cublas/lib/libcublasLt.so.12");
        assertEquals(home, libraries().cublasLt());
        environment.put("VIRTUAL_ENV", root.resolve("venv").toString());
        String venv = file("venv/lib/python3.11/site-packages/nvidia/cublas/lib/libcublasLt.so.12");
        assertEquals(venv, libraries().cublasLt());
        String system = file("usr/lib/x86_64-linux-gnu/libcublasLt.so.12");
        assertEquals(system, libraries().cublasLt());
        String toolkit = file("usr/local/cuda/lib64/libcublasLt.so.12");
        assertEquals(toolkit, libraries().cublasLt());
        environment.put("LD_LIBRARY_PATH", ":" + root.resolve("none") + ":" + root.resolve("path"));
        String path = file("path/libcublasLt.so.12");
        assertEquals(path, libraries().cublasLt());
        String asked = file("elsewhere/mine.so");
        properties.put(Libraries.CUBLASLT_PROPERTY, asked);
        assertEquals(asked, libraries().cublasLt());
    }

    @Test
    void cublasLt_bothVersions_isTheNewer() throws IOException {
        file("usr/local/cuda/lib64/libcublasLt.so.12");
        String newer = file("usr/lib64/libcublasLt.so.13");
        assertEquals(newer, libraries().cublasLt());
    }

    @Test
    void driver_nowhere_isOneLineThatSaysWhereAndWhatToDo() {
        CudaFailure failure = assertThrows(CudaFailure.class, () -> libraries().driver());
        assertEquals(
                "NVIDIA's driver not found: no libcuda.so.1 on the class path, in LD_LIBRARY_PATH, /usr/local/cuda, the"
                        + " system's folders or Python's site-packages/nvidia; install NVIDIA's driver (450 or newer),"
                        + " or name the file by -Dlsradapt.cuda.driver",
                failure.getMessage());
    }

    @Test
    void driver_namedFileMissing_isNotLookedForElsewhere() throws IOException {
        file("usr/lib64/libcuda.so.1");
        properties.put(Libraries.DRIVER_PROPERTY, root.resolve("absent.so").toString());
        CudaFailure failure = assertThrows(CudaFailure.class, () -> libraries().driver());
        assertEquals(
                "NVIDIA's driver not found: -Dlsradapt.cuda.driver=" + root.resolve("absent.so") + " is not a file",
                failure.getMessage());
    }

    @Test
    void load_noLibrary_isOneLine() throws IOException {
        String text = file("libcuda.so.1");
        CudaFailure failure = assertThrows(CudaFailure.class, () -> Libraries.load("NVIDIA's driver", text));
        assertTrue(failure.getMessage().startsWith("NVIDIA's driver: " + text + " cannot be loaded: "));
        assertEquals(1, failure.getMessage().lines().count());
    }
}
