package org.lsradapt.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.console.BadInput;
import org.lsradapt.models.PretrainedModel;
import picocli.CommandLine.Option;

/** The required {@code --adapter}. */
public final class AdapterOption {
    @Option(
            names = "--adapter",
            required = true,
            paramLabel = "FOLDER",
            description = "Adapter saved by finetune, such as RUN/lsr-1.")
    @Names(Names.Use.INPUT)
    private Path folder;

    /** Reads the folder. */
    public SavedAdapter load() throws IOException {
        return AdapterFolder.load(folder);
    }

    /** Returns the folder. */
    public Path folder() {
        return folder;
    }

    /** Returns the base model and the task of the folder; throws {@link BadInput} if it holds adapters alone. */
    public AdapterCard card(SavedAdapter saved) {
        return require(folder, saved.card());
    }

    /** Reads the base model and the task of a folder; throws {@link BadInput} if the folder holds adapters alone. */
    public static AdapterCard card(Path folder) throws IOException {
        return require(folder, AdapterFolder.card(folder));
    }

    private static AdapterCard require(Path folder, Optional<AdapterCard> card) {
        return card.orElseThrow(() -> new BadInput(
                folder + ": has adapters alone, expected a head and its base model too, as finetune saves them"));
    }

    /** Checks that an adapter is for this base model. For text models, also checks the adapter's maximum length. */
    public static void requireBase(SavedAdapter saved, PretrainedModel base) throws IOException {
        saved.requireBase(base.name(), base.fingerprint(), base.encoderFingerprint());
        if (!base.readsImages()) {
            saved.requireLength(base.tokenizer(), base.maxLength());
        }
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
