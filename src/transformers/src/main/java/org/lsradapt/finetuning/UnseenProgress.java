package org.lsradapt.finetuning;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;

/** Warns, once in a process, that a training's progress is not seen because SLF4J has no provider. */
final class UnseenProgress {
    /** The system property that switches the line off. */
    private static final String QUIET = "lsradapt.quiet";

    private static final AtomicBoolean SAID = new AtomicBoolean();

    private UnseenProgress() {}

    static void say() {
        say(LoggerFactory.getILoggerFactory(), SAID);
    }

    /** Writes to standard error, as there is no log. */
    static void say(ILoggerFactory loggers, AtomicBoolean said) {
        if (loggers instanceof NOPLoggerFactory && !Boolean.getBoolean(QUIET) && said.compareAndSet(false, true)) {
            System.err.println(
                    "LSR-Adapt: training begins without showing progress or warnings, as SLF4J has no provider;"
                            + " to see them, add org.slf4j:slf4j-simple to the dependencies, or pass a TrainingListener to"
                            + " listener(…) for the progress; -D" + QUIET + "=true omits this line");
        }
    }
}
