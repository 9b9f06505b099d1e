package org.lsradapt.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.io.internal.JsonFile;

/** What tests of commands on a user's own files share: rows of texts, a small random model, and the folder of a run. */
abstract class OwnDataCommands {
    @TempDir
    Path parent;

    /** A small random model of golden/families. */
    static String model(String family) throws URISyntaxException {
        return Path.of(OwnDataCommands.class
                        .getResource("/golden/families/" + family)
                        .toURI())
                .toString();
    }

    final Path write(String name, String content) throws IOException {
        return Files.writeString(parent.resolve(name), content);
    }

    /** Writes rows of which two in three are warm and one is cold; texts grow by a word every fifth row. */
    final Path write(String name, String header, int count, boolean numbers) throws IOException {
        StringBuilder rows = new StringBuilder(header).append('\n');
        for (int i = 0; i < count; i++) {
            boolean warm = i % 3 != 0;
            String label = numbers ? (warm ? "1.5" : "-1.5") : warm ? "warm" : "\"cold, wet\"";
            rows.append(label)
                    .append(",\"")
                    .append("is ".repeat(i / 5))
                    .append("the ")
                    .append(warm ? "sun, warm" : "rain, cold")
                    .append("\"\n");
        }
        return write(name, rows.toString());
    }

    final CommandLineRun finetune(String family, String options, Object... values) throws URISyntaxException {
        return CommandLineRun.of(
                        CommandLineRun.arguments(
                                "finetune --model {} --out {} --batch 6 --head-lr 0.03"
                                        + (options.endsWith("--methods frozen") ? "" : " --lr 0.01"),
                                model(family),
                                parent.resolve("run")),
                        CommandLineRun.arguments(options, values))
                .succeeded();
    }

    /** An adapter of the run. */
    final String adapter(String name) {
        return parent.resolve("run").resolve(name).toString();
    }

    final JsonNode metrics() throws IOException {
        return JsonFile.readObject(parent.resolve("run/metrics.json"));
    }

    static List<String> names(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
