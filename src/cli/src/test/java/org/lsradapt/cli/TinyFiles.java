package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.lsradapt.finetuning.Samples;

/** Files of six rows for each task, and commands that name them. */
final class TinyFiles {
    private TinyFiles() {}

    static void write(Path folder) throws IOException {
        write(folder.resolve("classes.csv"), "text,label\n", i -> text(i) + "," + word(i) + "\n");
        write(folder.resolve("numbers.csv"), "text,label\n", i -> text(i) + "," + 0.5 * i + "\n");
        write(folder.resolve("labels.csv"), "text,labels\n", i -> text(i) + ",\"" + word(i) + ",warm\"\n");
        write(folder.resolve("pairs.csv"), "anchor,positive\n", i -> text(i) + ",is " + word(i) + "\n");
        write(
                folder.resolve("judged.csv"),
                "query,passage,label\n",
                i -> text(i) + ",is " + word(i) + "," + i % 2 + "\n");
        write(
                folder.resolve("scored.csv"),
                "sentence1,sentence2,score\n",
                i -> text(i) + ",is " + word(i) + "," + 0.2 * i + "\n");
        write(folder.resolve("answers.csv"), "prompt,chosen,rejected\n", i -> text(i) + ",is warm,is cold\n");
        write(folder.resolve("told.csv"), "prompt,completion\n", i -> text(i) + ",is warm\n");
        write(folder.resolve("texts.txt"), "", i -> text(i) + " is a warm smile and cold\n");
        write(folder.resolve("words.conll"), "", i -> text(i).replace(" ", " X O\n") + " X B-SUN\n\n");
        write(
                folder.resolve("spans.jsonl"),
                "",
                i -> "{\"question\": \"the sun?\", \"context\": \"warm " + text(i)
                        + "\", \"answers\": {\"text\": [\"warm\"], \"answer_start\": [0]}}\n");
    }

    private static String word(int i) {
        return i % 2 == 0 ? "sun" : "rain";
    }

    private static String text(int i) {
        return "and ".repeat(i) + "the " + word(i);
    }

    private static void write(Path file, String head, IntFunction<String> row) throws IOException {
        StringBuilder rows = new StringBuilder(head);
        for (int i = 0; i < 6; i++) {
            rows.append(row.apply(i));
        }
        Files.writeString(file, rows);
    }

    /** Returns the arguments of a command, in which @NAME is a small random model, and /NAME is in the folder. */
    static List<String> arguments(Path folder, String command) {
        return Stream.of(command.split(" "))
                .map(word -> word.startsWith("@")
                        ? Samples.model(word.substring(1))
                        : word.startsWith("/") ? folder + word : word)
                .toList();
    }
}
