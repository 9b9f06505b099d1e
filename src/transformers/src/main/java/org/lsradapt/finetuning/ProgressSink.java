package org.lsradapt.finetuning;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;

/** Where a training writes its progress: the log, or standard error if SLF4J has no provider. */
final class ProgressSink {
    /** The system property that switches standard error off. */
    private static final String QUIET = "lsradapt.quiet";

    private static final Logger LOG = LoggerFactory.getLogger(FineTuning.class);
    private static final AtomicBoolean SAID = new AtomicBoolean();

    private ProgressSink() {}

    static Consumer<String> ofProcess() {
        return of(LoggerFactory.getILoggerFactory(), SAID);
    }

    /** Says once in a process that warnings are not seen. */
    static Consumer<String> of(ILoggerFactory loggers, AtomicBoolean said) {
        if (!(loggers instanceof NOPLoggerFactory)) {
            return LOG::info;
        }
        if (Boolean.getBoolean(QUIET)) {
            return line -> {};
        }
        if (said.compareAndSet(false, true)) {
            System.err.println(
                    "LSR-Adapt: SLF4J has no provider, so progress is printed here and warnings are discarded;"
                            + " add org.slf4j:slf4j-simple to the dependencies, or pass a TrainingListener to listener(…) for"
                            + " the progress; -D" + QUIET + "=true prints nothing");
        }
        return System.err::println;
    }
}
