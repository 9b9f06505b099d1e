package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;

class UnseenProgressTest {

    private static String said(ILoggerFactory loggers, AtomicBoolean said) {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            UnseenProgress.say(loggers, said);
        } finally {
            System.setErr(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void withoutProvider_isALine_once() {
        AtomicBoolean said = new AtomicBoolean();
        assertEquals(1, said(new NOPLoggerFactory(), said).lines().count());
        assertEquals("", said(new NOPLoggerFactory(), said));
    }

    @Test
    void withAProvider_isNothing() {
        assertEquals("", said(LoggerFactory.getILoggerFactory(), new AtomicBoolean()));
    }
}
