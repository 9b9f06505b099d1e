package org.lsradapt.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreLockTest {
    private static final Map<String, String> SETTINGS = Map.of("format", "2");

    @TempDir
    Path folder;

    private static void requireOpen(Path path) {
        String message =
                assertThrows(IOException.class, () -> StoreFile.open(path, 4)).getMessage();
        assertEquals(path + ": is open already in this process, expected one at a time", message);
    }

    @Test
    void open_byALinkToAnOpenStore_isRefused() throws IOException {
        Path path = folder.resolve("users.store");
        Path link = folder.resolve("link.store");
        Path linked = folder.resolve("linked");
        try (StoreFile store = StoreFile.openOrMake(path, 4, SETTINGS)) {
            Files.createSymbolicLink(link, path);
            Files.createSymbolicLink(linked, folder);
            requireOpen(path);
            requireOpen(link);
            requireOpen(linked.resolve("users.store"));
            requireOpen(folder.resolve(".").resolve("users.store"));
            assertEquals(0, store.size());
        }
        StoreFile.open(link, 4).close();
        assertTrue(Files.isSymbolicLink(link));
    }

    @Test
    void open_ofAFileWithTwoNames_isRefused() throws IOException {
        Path path = folder.resolve("users.store");
        StoreFile.openOrMake(path, 4, SETTINGS).close();
        Files.createLink(folder.resolve("other.store"), path);
        String message =
                assertThrows(IOException.class, () -> StoreFile.open(path, 4)).getMessage();
        assertTrue(message.startsWith(path + ": has 2 names (hard links), expected one"), message);
    }

    @Test
    void open_inAnotherClassLoader_isRefused() throws Exception {
        Path path = folder.resolve("users.store");
        List<URL> classPath = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            classPath.add(Path.of(entry).toUri().toURL());
        }
        try (StoreFile store = StoreFile.openOrMake(path, 4, SETTINGS);
                URLClassLoader other =
                        new URLClassLoader(classPath.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
            Class<?> type = other.loadClass(StoreFile.class.getName());
            Method open = type.getMethod("open", Path.class, int.class);
            Throwable failure = assertThrows(InvocationTargetException.class, () -> open.invoke(null, path, 4))
                    .getCause();
            assertEquals(path + ": is open already in this process, expected one at a time", failure.getMessage());
            assertEquals(0, store.size());
        }
    }

    @Test
    void open_afterAFailedOpen_isPossible() throws IOException {
        Path path = folder.resolve("users.store");
        Files.writeString(path, "key,value\n");
        for (int i = 0; i < 2; i++) {
            String message = assertThrows(IOException.class, () -> StoreFile.open(path, 4))
                    .getMessage();
            assertEquals(path + ": is not a store of adapters: it does not begin with LSRSTORE", message);
        }
        Files.delete(path);
        StoreFile.openOrMake(path, 4, SETTINGS).close();
    }
}
