package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.peft.PeftExport;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.backend.Backends;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code export}. */
@Command(
        name = "export",
        sortOptions = false,
        description = "Writes a saved adapter for another library, exactly. Does not need the base model.")
final class ExportCommand implements Callable<Integer> {

    private static final String[] FORMATS = {"peft"};

    private final Console console;

    @Option(names = "--adapter", required = true, paramLabel = "FOLDER",
            description = "An adapter that finetune saved, such as RUN/lsr-1.")
    private Path adapter;

    @Option(names = "--to", paramLabel = "FORMAT", description = "peft: a plain LoRA adapter for Hugging Face PEFT.")
    private String format = FORMATS[0];

    @Option(names = "--bare", description = "Without the head, for a bare encoder (AutoModel).")
    private boolean bare;

    @Option(names = "--base-name", paramLabel = "NAME",
            description = "What the file calls the base model. Default: as the adapter does.")
    private String baseName;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "A folder that is empty or not there yet.")
    private Path out;

    ExportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        BadInput.in(() -> Require.named("format", format, FORMATS, name -> name));
        OutputFolder.requireFree(out);
        BadInput.in(Backends::standard);
        try (SavedAdapter saved = BadInput.in(() -> AdapterFolder.load(adapter))) {
            String base = baseName == null ? baseModel(saved) : baseName;
            BadInput.in(() -> {
                if (bare || saved.head().isEmpty()) {
                    PeftExport.saveBare(out, base, saved.layers());
                } else {
                    PeftExport.save(out, base, saved);
                }
                return out;
            });
        }
        console.out().println("written: " + out);
        return 0;
    }

    private String baseModel(SavedAdapter saved) {
        return saved.card()
                .map(AdapterCard::baseModel)
                .orElseThrow(() -> new BadInput(adapter + ": has adapters alone and does not say of which base model;"
                        + " expected --base-name"));
    }
}
