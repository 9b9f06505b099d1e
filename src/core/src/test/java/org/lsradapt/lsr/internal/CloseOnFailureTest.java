package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CloseOnFailureTest {
    private final List<String> closed = new ArrayList<>();

    @Test
    void close_whenTheWorkFailed_closesTheLastOpenedFirst() {
        assertThrows(IOException.class, () -> {
            try (CloseOnFailure opened = new CloseOnFailure()) {
                opened.add(resource("first"));
                opened.add(resource("second"));
                throw new IOException("the work failed");
            }
        });
        assertEquals(List.of("second", "first"), closed);
    }

    @Test
    void close_afterRelease_leavesThemOpen() {
        String owner;
        try (CloseOnFailure opened = new CloseOnFailure()) {
            opened.add(resource("first"));
            owner = opened.release("owner");
        }
        assertEquals("owner", owner);
        assertEquals(List.of(), closed);
    }

    @Test
    void close_whereOneCannotBeClosed_closesTheOthersAndKeepsTheFailureOfTheWork() {
        IOException failure = assertThrows(IOException.class, () -> {
            try (CloseOnFailure opened = new CloseOnFailure()) {
                opened.add(resource("first"));
                opened.add((AutoCloseable) () -> {
                    throw new IOException("the disk is full");
                });
                opened.add(resource("third"));
                throw new IOException("the work failed");
            }
        });
        assertEquals("the work failed", failure.getMessage());
        assertEquals("the disk is full", failure.getSuppressed()[0].getCause().getMessage());
        assertEquals(List.of("third", "first"), closed);
    }

    private AutoCloseable resource(String name) {
        return () -> closed.add(name);
    }
}
