package org.lsradapt.io.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFolderTest {
    @TempDir
    private Path parent;

    private static void one(Path folder) throws IOException {
        Files.createDirectory(folder);
        Files.writeString(folder.resolve("a"), "first");
    }

    private static void two(Path folder) throws IOException {
        one(folder);
        Files.writeString(folder.resolve("b"), "second");
    }

    private String[] entries() {
        String[] entries = parent.toFile().list();
        Arrays.sort(entries);
        return entries;
    }

    @Test
    void write_makesParents_andTakesTheFoldersPlaceAtTheEnd() throws IOException {
        Path target = parent.resolve("deep/er");
        AtomicFolder.write(target, beside -> {
            two(beside);
            assertFalse(Files.exists(target));
        });
        assertEquals("second", Files.readString(target.resolve("b")));
        assertArrayEquals(new String[] {"er"}, parent.resolve("deep").toFile().list());
    }

    @Test
    void write_thatFails_leavesWhatWasThere() throws IOException {
        Path empty = Files.createDirectory(parent.resolve("empty"));
        for (Path target : new Path[] {empty, parent.resolve("new")}) {
            assertThrows(
                    IllegalStateException.class,
                    () -> AtomicFolder.write(target, beside -> {
                        one(beside);
                        throw new IllegalStateException("in the middle");
                    }));
        }
        assertArrayEquals(new String[] {"empty"}, entries());
        assertTrue(AtomicFolder.isEmpty(empty));
        AtomicFolder.write(empty, AtomicFolderTest::two);
        assertEquals("first", Files.readString(empty.resolve("a")));
    }

    @Test
    void write_whereSomethingIs_isRefused() throws IOException {
        Path full = parent.resolve("full");
        two(full);
        Path file = Files.writeString(parent.resolve("file"), "");
        for (Path target : new Path[] {full, file}) {
            assertFalse(AtomicFolder.isFree(target));
            assertEquals(
                    target + ": the folder is not empty, expected a folder that is empty or does not exist yet",
                    assertThrows(IOException.class, () -> AtomicFolder.write(target, AtomicFolderTest::one))
                            .getMessage());
        }
        assertArrayEquals(new String[] {"file", "full"}, entries());
    }

    /** Behind a link, .. is another folder than in the path. */
    @Test
    void write_throughALinkAndUp_goesWhereTheSystemSays_andDeletesNothing() throws IOException {
        Path deep = Files.createDirectories(parent.resolve("deep/dir"));
        Files.createSymbolicLink(parent.resolve("link"), deep);
        Path precious = Files.writeString(parent.resolve("z"), "precious");
        AtomicFolder.write(parent.resolve("link/../z"), AtomicFolderTest::one);
        assertEquals("precious", Files.readString(precious));
        assertEquals("first", Files.readString(parent.resolve("deep/z/a")));
    }

    @Test
    void write_whereAFileOrALinkCameMeanwhile_keepsIt() throws IOException {
        Path target = parent.resolve("target");
        assertThrows(
                IOException.class,
                () -> AtomicFolder.write(target, beside -> {
                    one(beside);
                    Files.writeString(target, "precious");
                }));
        assertEquals("precious", Files.readString(target));
        Files.delete(target);
        Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
        assertThrows(
                IOException.class,
                () -> AtomicFolder.write(target, beside -> {
                    one(beside);
                    Files.createSymbolicLink(target, elsewhere);
                }));
        assertTrue(Files.isSymbolicLink(target));
        Files.delete(target);
        assertThrows(
                IOException.class,
                () -> AtomicFolder.write(target, beside -> {
                    one(beside);
                    two(target);
                }));
        assertEquals("second", Files.readString(target.resolve("b")));
        assertArrayEquals(new String[] {"elsewhere", "target"}, entries());
    }

    /** Permissions, and whoever is in it, would be lost with another one. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "permissions of POSIX")
    void write_toAnEmptyFolder_keepsIt() throws IOException {
        Path target = Files.createDirectory(
                parent.resolve("mine"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Object key = Files.readAttributes(target, BasicFileAttributes.class).fileKey();
        AtomicFolder.write(target, beside -> {
            two(beside);
            Files.createDirectory(beside.resolve("deep"));
            assertTrue(AtomicFolder.isEmpty(target));
        });
        assertEquals(
                key, Files.readAttributes(target, BasicFileAttributes.class).fileKey());
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(target)));
        assertEquals("second", Files.readString(target.resolve("b")));
        assertTrue(Files.isDirectory(target.resolve("deep")));
        assertArrayEquals(new String[] {"mine"}, entries());
    }

    @Test
    void write_toAnEmptyFolder_intoWhichSomethingCame_keepsThat() throws IOException {
        Path target = Files.createDirectory(parent.resolve("target"));
        assertThrows(
                IOException.class,
                () -> AtomicFolder.write(target, beside -> {
                    two(beside);
                    Files.writeString(target.resolve("a"), "precious");
                }));
        assertArrayEquals(new String[] {"a"}, target.toFile().list());
        assertEquals("precious", Files.readString(target.resolve("a")));
        assertArrayEquals(new String[] {"target"}, entries());
    }

    @Test
    void isFree_whereAKilledProcessWroteInside_removesWhatItLeft() throws IOException {
        Path target = Files.createDirectory(parent.resolve("volume"));
        Path left = Files.createDirectory(target.resolve(".content.1"));
        Files.writeString(left.resolve(".lsr-adapt-in-use"), "");
        Files.createDirectory(left.resolve("content"));
        Files.setLastModifiedTime(left, FileTime.fromMillis(System.currentTimeMillis() - 3_600_000));
        assertTrue(AtomicFolder.isFree(target));
        assertArrayEquals(new String[0], target.toFile().list());
        Files.createDirectory(target.resolve(".content.of-somebody"));
        assertFalse(AtomicFolder.isFree(target));
    }

    @Test
    void write_nothing_isNoFolder() throws IOException {
        AtomicFolder.write(parent.resolve("none"), beside -> {});
        assertArrayEquals(new String[0], entries());
    }

    @Test
    void write_throughALink_fillsWhatItLeadsTo() throws IOException {
        Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
        Path link = Files.createSymbolicLink(parent.resolve("link"), elsewhere);
        AtomicFolder.write(link, AtomicFolderTest::two);
        assertTrue(Files.isSymbolicLink(link));
        assertEquals("first", Files.readString(elsewhere.resolve("a")));
        assertArrayEquals(new String[] {"elsewhere", "link"}, entries());
    }

    @Test
    void write_whereALinkLeadsNowhere_isRefused() throws IOException {
        Path dangling = Files.createSymbolicLink(parent.resolve("dangling"), Path.of("nowhere"));
        Path looping = Files.createSymbolicLink(parent.resolve("looping"), Path.of("looping"));
        for (Path link : new Path[] {dangling, looping}) {
            assertFalse(AtomicFolder.isFree(link));
            assertThrows(IOException.class, () -> AtomicFolder.write(link, AtomicFolderTest::one));
            assertTrue(Files.isSymbolicLink(link));
        }
        assertArrayEquals(new String[] {"dangling", "looping"}, entries());
    }

    /** As a mounted volume, which cannot be removed either; the superuser removes everything but that. */
    @Test
    void write_toAnEmptyFolderThatCannotBeRemoved_fillsIt() throws IOException {
        Path locked = Files.createDirectory(parent.resolve("locked"));
        Path target = Files.createDirectory(locked.resolve("volume"));
        assumeTrue(locked.toFile().setWritable(false) && !Files.isWritable(locked), "everything is writable here");
        try {
            assertThrows(
                    IllegalStateException.class,
                    () -> AtomicFolder.write(target, beside -> {
                        one(beside);
                        throw new IllegalStateException("in the middle");
                    }));
            assertTrue(AtomicFolder.isEmpty(target));
            AtomicFolder.write(target, AtomicFolderTest::two);
            assertEquals("second", Files.readString(target.resolve("b")));
            assertEquals(2, target.toFile().list().length);
        } finally {
            locked.toFile().setWritable(true);
        }
    }
}
