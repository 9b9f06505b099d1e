package org.lsradapt.cli.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.tasks.queries.QueryAdapter;

/** Searches without pairs of one's own, and with vectors that stay. */
class QueryCommandsIT extends EmbeddingCommands {

    @Test
    void queryAdapter_ofStoredVectors_isTrainedAndAdaptsQueriesAlone() throws Exception {
        List<String> words = List.of("sun", "rain", "smile", "film", "cold", "warm", "is", "and");
        StringBuilder passages = new StringBuilder();
        StringBuilder pairs = new StringBuilder("question,answer\n");
        for (int i = 0; i < 56; i++) {
            String passage = words.get(i % 8) + " " + words.get((i + 1 + i / 8) % 8);
            passages.append(passage).append('\n');
            pairs.append("the ")
                    .append(words.get(i % 8))
                    .append(" a ")
                    .append(i % 7 + i / 8)
                    .append(',')
                    .append(passage)
                    .append('\n');
        }
        Path texts = Files.writeString(parent.resolve("passages.txt"), passages);
        Path train = Files.writeString(parent.resolve("pairs.csv"), pairs);
        Path vectors = Files.writeString(
                parent.resolve("vectors.jsonl"),
                succeed("embed --model {} --file {}", model(), texts).out());
        Path run = parent.resolve("queries");
        String command =
                "finetune --task query-adapter --model {} --train {} --anchor question --positive answer --vectors {}"
                        + " --epochs 6 --hold-out 0.25 --out {}";
        CommandLineRun trained = succeed(command + " --methods lora:4,lsr --seed 1,2", model(), train, vectors, run);
        assertTrue(
                trained.out().startsWith("task query-adapter: ")
                        && trained.out().contains("part of which is held out; 56 passages with vectors of 30 numbers"),
                trained.out());
        trained.says("adapter: " + run.resolve("lora-4-2") + ", 240 parameters; ", "\nbefore: ndcg@10 0.");
        JsonNode results = JsonFile.readObject(run.resolve("metrics.json")).get("results");
        assertEquals(4, results.size());
        JsonNode first = results.get(0);
        double before = first.at("/before/recall@10").doubleValue();
        assertEquals(
                first.at("/after/recall@10").doubleValue(),
                before + first.at("/gain/recall@10").doubleValue(),
                1e-9);
        assertTrue(first.at("/intervals/before/ndcg@10/0").doubleValue()
                <= first.at("/before/ndcg@10").doubleValue());

        String adapter = run.resolve("lsr-1").toString();
        QueryAdapter loaded = QueryAdapter.load(Path.of(adapter));
        float[] plain = vector(CommandLineRun.line("embed --model {} --query {}", model(), "the sun a 3"));
        assertArrayEquals(
                loaded.apply(plain),
                vector(CommandLineRun.line(
                        "embed --model {} --query --query-adapter {} {}", model(), adapter, "the sun a 3")),
                1e-6f);
        assertRefused(
                "--query-adapter: adapts queries alone, expected --query as well",
                "embed --model {} --query-adapter {} sun",
                model(),
                adapter);
        assertEquals(
                5,
                succeed("search --model {} --query-adapter {} --passages {} {}", model(), adapter, texts, "the sun a 3")
                        .lines()
                        .size());

        Path ids = Files.writeString(
                parent.resolve("ids.jsonl"),
                Files.readString(vectors).replaceAll("\\{\"text\":\"(\\w+) (\\w+)\"", "{\"id\":\"$1-$2\""));
        Path byId =
                Files.writeString(parent.resolve("by-id.csv"), pairs.toString().replaceAll(",(\\w+) (\\w+)", ",$1-$2"));
        succeed(command + " --dev {}", model(), byId, ids, parent.resolve("by-id"), byId);
        assertRefused(
                "56 of 56 positives are neither an id nor a text of " + ids,
                command,
                model(),
                train,
                ids,
                parent.resolve("none"));
        assertRefused(
                "--task query-adapter: found --patience, expected none of them",
                command + " --patience 2",
                model(),
                train,
                vectors,
                parent.resolve("none"));
        assertRefused(
                "found the method frozen, expected adapters",
                command + " --methods frozen",
                model(),
                train,
                vectors,
                parent.resolve("none"));
        assertRefused(
                "found adapters of the kind kronecker, expected lora or lsr",
                command + " --methods krona",
                model(),
                train,
                vectors,
                parent.resolve("none"));
        assertFalse(Files.exists(parent.resolve("none")));
        assertRefused(
                "the folder is not empty, expected a folder that is empty", command, model(), train, vectors, run);
    }

    private static float[] vector(CommandLineRun embedded) throws IOException {
        JsonNode numbers =
                new ObjectMapper().readTree(embedded.succeeded().lines().get(0)).get("embedding");
        float[] vector = new float[numbers.size()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = numbers.get(i).floatValue();
        }
        return vector;
    }

    @Test
    void mineNegatives_ofAnotherEncodingOrAQuery_readsThem() throws Exception {
        Path latin = Files.write(
                parent.resolve("latin.csv"),
                "anchor,positive\nthe sün,is warm\nthe rain,is cold\n".getBytes(StandardCharsets.ISO_8859_1));
        Path out = parent.resolve("mined.jsonl");
        succeed(
                "mine-negatives --model {} --train {} --encoding ISO-8859-1 --negatives 1 --out {}",
                model(),
                latin,
                out);
        assertTrue(Files.readString(out).contains("the sün"), Files.readString(out));
        String database = "jdbc:nothing:" + parent.resolve("pairs");
        assertRefused(
                "there is no driver for jdbc:nothing",
                "mine-negatives --model {} --jdbc {} --sql {} --out {} --overwrite",
                model(),
                database,
                "SELECT q AS anchor, p AS positive FROM pairs",
                out);
        assertRefused(
                "--train " + latin + " and --sql: expected one or the other",
                "mine-negatives --model {} --jdbc {} --sql {} --train {} --out {} --overwrite",
                model(),
                database,
                "SELECT 1",
                latin,
                out);
    }

    @Test
    void makeQuestions_continuesAndFilters_whatMiningReads() throws Exception {
        Path docs = Files.createDirectories(parent.resolve("docs/more"));
        Files.writeString(
                docs.resolve("a.md"), "# Weather\n\nthe sun is warm and cold\n\nthe rain is and the sun is\n");
        Files.writeString(docs.getParent().resolve("b.txt"), "a smile is a warm smile and rain\n");
        Files.writeString(docs.getParent().resolve("c.csv"), "not read");
        String out = parent.resolve("questions.jsonl").toString();
        String llama = Path.of(EmbeddingCommandsIT.class
                        .getResource("/golden/families/llama")
                        .toURI())
                .toString();
        String make = "make-questions --passages {} --generator {} --model {} --out {} --max-tokens 4 --among 3";
        CommandLineRun tooLong = CommandLineRun.line(make, docs.getParent(), llama, model(), out);
        assertTrue(tooLong.err().contains("generator's 128 positions: 3 of 3 passages"), tooLong.err());
        Files.delete(Path.of(out + ".written"));
        make += " --prompt " + Files.writeString(parent.resolve("prompt.txt"), "the {passage}");
        CommandLineRun none = CommandLineRun.line(make, docs.getParent(), llama, model(), out);
        assertEquals(2, none.code());
        assertTrue(none.err().contains("0 pairs; expected one pair at least, see " + out + ".written"), none.err());
        assertTrue(none.err().contains("questions about 3 of 3 passages"), none.err());
        Path written = Path.of(out + ".written");
        List<String> lines = Files.readAllLines(written);
        assertEquals(4, lines.size());
        Files.writeString(
                written,
                lines.get(0)
                        + "\n{\"passage\":\"the sun is warm and cold\",\"questions\":[\"the sun?\",\"The sun?\",\"warm?\"]}\n{\"pass");
        CommandLineRun again = CommandLineRun.line(make, docs.getParent(), llama, model(), out);
        assertEquals(0, again.code(), again.err());
        assertTrue(again.err().contains("questions about 2 of 2 passages"), again.err());
        again.says("3 of 3 passages: 3 questions written; left out: 1 copies, 0 that do not find");
        assertRefused(
                out + ": the file exists; expected a new name, or --overwrite to replace it",
                make,
                docs.getParent(),
                llama,
                model(),
                out);
        assertRefused(
                written + ": has questions of other settings",
                make + " --overwrite --seed 2",
                docs.getParent(),
                llama,
                model(),
                out);
        Path mined = parent.resolve("mined.jsonl");
        succeed("mine-negatives --model {} --train {} --negatives 1 --out {}", model(), out, mined);
    }
}
