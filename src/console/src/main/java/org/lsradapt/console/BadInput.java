package org.lsradapt.console;

import java.io.IOException;
import java.nio.file.Path;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.models.PretrainedModel;

/** What the user gave cannot be used; the message says what was wrong and what was expected. */
public class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A step that checks what the user gave. */
    @FunctionalInterface
    public interface Step<T> {
        T run() throws IOException;
    }

    public BadInput(String message) {
        super(message);
    }

    /** Base model and task of a folder, for commands that cannot do without. */
    public static AdapterCard card(Path folder, SavedAdapter saved) {
        return saved.card()
                .orElseThrow(() -> new BadInput(folder
                        + ": has adapters alone, expected a head and its base model too, as finetune saves them"));
    }

    /** Checks that the longest text of training can be one of the base model's; images are of a size of their own. */
    public static void requireLength(SavedAdapter saved, PretrainedModel base) throws IOException {
        if (!base.readsImages()) {
            in(() -> saved.requireLength(base.tokenizer(), base.maxLength()));
        }
    }

    /** A folder is another process's at the moment. */
    public static final class FolderTaken extends BadInput {
        private static final long serialVersionUID = 1L;

        public FolderTaken(String message) {
            super(message);
        }
    }

    public BadInput(RuntimeException cause) {
        super(cause.getMessage(), cause);
    }

    /**
     * Runs a step in which an {@link IllegalArgumentException} is the user's mistake, and an
     * {@link IllegalStateException} that of the machine's set-up. Anywhere else they are this library's.
     */
    public static <T> T in(Step<T> step) throws IOException {
        try {
            return step.run();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new BadInput(e);
        }
    }
}
