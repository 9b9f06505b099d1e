package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;

class ProgressSinkTest {

    private static List<String> printed(ILoggerFactory loggers, AtomicBoolean said) {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            ProgressSink.of(loggers, said).accept("epoch 1");
        } finally {
            System.setErr(before);
        }
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void withoutProvider_isStandardError_withOneHint() {
        AtomicBoolean said = new AtomicBoolean();
        List<String> first = printed(new NOPLoggerFactory(), said);
        assertEquals(2, first.size());
        assertEquals("epoch 1", first.get(1));
        assertEquals(List.of("epoch 1"), printed(new NOPLoggerFactory(), said));
    }

    @Test
    void withAProvider_isTheLog() {
        AtomicBoolean said = new AtomicBoolean();
        ProgressSink.of(LoggerFactory.getILoggerFactory(), said);
        assertEquals(false, said.get());
    }
}
