package org.lsradapt.cli.inference;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.io.internal.JsonFile;

/** Pairs of one's own and what trains on them, for tests of commands. */
abstract class EmbeddingCommands {
    static final String[] ANCHORS = {"the sun", "the rain", "a smile", "the film", "and the", "a cold film"};
    static final String[] POSITIVES = {"is cold", "is warm", "and and", "rain and sun", "smile the sun", "the the smile"
    };

    @TempDir
    Path parent;

    static String model() throws URISyntaxException {
        return Path.of(EmbeddingCommands.class
                        .getResource("/golden/families/bert")
                        .toURI())
                .toString();
    }

    final Path pairs(String name) throws IOException {
        StringBuilder rows = new StringBuilder("question,answer,wrong\n");
        for (int i = 0; i < ANCHORS.length; i++) {
            rows.append(ANCHORS[i])
                    .append(',')
                    .append(POSITIVES[i])
                    .append(',')
                    .append(POSITIVES[(i + 1) % 6])
                    .append('\n');
        }
        return Files.writeString(parent.resolve(name), rows);
    }

    final Path beir(String... splits) throws IOException {
        Path folder = Files.createDirectories(parent.resolve("beir/qrels")).getParent();
        StringBuilder corpus = new StringBuilder();
        StringBuilder queries = new StringBuilder();
        StringBuilder judged = new StringBuilder("query-id\tcorpus-id\tscore\n");
        for (int i = 0; i < ANCHORS.length; i++) {
            corpus.append("{\"_id\":\"d")
                    .append(i)
                    .append("\",\"title\":\"\",\"text\":\"")
                    .append(POSITIVES[i])
                    .append("\"}\n");
            queries.append("{\"_id\":\"q")
                    .append(i)
                    .append("\",\"text\":\"")
                    .append(ANCHORS[i])
                    .append("\"}\n");
            judged.append('q').append(i).append("\td").append(i).append("\t1\n");
        }
        Files.writeString(folder.resolve("corpus.jsonl"), corpus);
        Files.writeString(folder.resolve("queries.jsonl"), queries);
        for (String split : splits) {
            Files.writeString(folder.resolve("qrels/" + split + ".tsv"), judged);
        }
        return folder;
    }

    final CommandLineRun finetune(String options, Object... values) throws URISyntaxException {
        return CommandLineRun.of(
                CommandLineRun.arguments(
                        "finetune --model {} --out {} --batch 6 --lr 0.02 --epochs 12 --r 4 --targets all-linear",
                        model(),
                        parent.resolve("run")),
                CommandLineRun.arguments(options, values));
    }

    final JsonNode metrics() throws IOException {
        return JsonFile.readObject(parent.resolve("run/metrics.json"));
    }
}
