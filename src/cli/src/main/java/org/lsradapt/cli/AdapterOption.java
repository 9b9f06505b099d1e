package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.console.BadInput;
import org.lsradapt.models.PretrainedModel;
import picocli.CommandLine.Option;

/** {@code --adapter} of commands that cannot do without. */
final class AdapterOption {
    @Option(
            names = "--adapter",
            required = true,
            paramLabel = "FOLDER",
            description = "Adapter saved by finetune, such as RUN/lsr-1.")
    @Names(Names.Use.INPUT)
    private Path folder;

    SavedAdapter load() throws IOException {
        return AdapterFolder.load(folder);
    }

    AdapterCard card(SavedAdapter saved) {
        return card(folder, saved);
    }

    /** Base model and task of a folder, for commands that cannot do without. */
    static AdapterCard card(Path folder, SavedAdapter saved) {
        return saved.card()
                .orElseThrow(() -> new BadInput(folder
                        + ": has adapters alone, expected a head and its base model too, as finetune saves them"));
    }

    /** Checks that an adapter is for a base model, and that its longest text can be one of that; images have a size of their own. */
    static void requireBase(SavedAdapter saved, PretrainedModel base) throws IOException {
        saved.requireBase(base.name(), base.fingerprint(), base.encoderFingerprint());
        if (!base.readsImages()) {
            saved.requireLength(base.tokenizer(), base.maxLength());
        }
    }

    /** The folder, for messages. */
    @Override
    public String toString() {
        return folder.toString();
    }
}
