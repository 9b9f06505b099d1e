package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.families.Families;
import org.lsradapt.models.Models;
import org.lsradapt.models.Models.Listed;
import org.lsradapt.models.Models.Place;
import org.lsradapt.models.internal.hub.HubCache;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "models",
        sortOptions = false,
        description = "Lists what --model takes: models on the class path, in Hugging Face's cache, and in this folder."
                + " Nothing is downloaded.")
public final class ModelsCommand extends ConsoleCommand {
    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description = "Instead, say whether this model can be loaded, and from where.")
    @Names(Names.Use.INPUT)
    private String model;

    @Override
    protected void execute() throws IOException {
        if (model != null) {
            Models.requireKnown(model);
            print("%s: %s", model, Models.find(model).map(Path::toString).orElse("on the class path"));
            return;
        }
        Map<Place, List<Listed>> all = Models.list(Path.of("")).stream().collect(Collectors.groupingBy(Listed::place));
        show("Included", all.get(Place.CLASS_PATH));
        show("Known, not on the class path", all.get(Place.ARTIFACT));
        show("In Hugging Face's cache, " + HubCache.standard().folder(), all.get(Place.CACHE));
        show("In this folder", all.get(Place.FOLDER));
        out().println("Other folders: by their path, with config.json, model.safetensors and tokenizer.json, of type");
        out().print(Families.modelTypes().replaceAll("(.{1,85})(?: |$)", "  $1\n"));
        out().println("Other models of Hugging Face's hub: after hf download NAME");
    }

    private void show(String heading, List<Listed> some) {
        out().println(heading + (some == null ? ": none" : ""));
        if (some != null) {
            int width = some.stream().mapToInt(one -> one.name().length()).max().orElseThrow();
            some.forEach(one -> out().println(ControlCharacters.escaped(
                    "  " + one.name() + " ".repeat(width + 2 - one.name().length()) + one.note())));
        }
        out().println();
    }
}
