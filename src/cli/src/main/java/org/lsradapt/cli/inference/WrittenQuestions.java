package org.lsradapt.cli.inference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.console.BadInput;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.JsonFile;

/**
 * The questions as a generator writes them, by passage, in a file of JSON lines that grows while it is filled. The first
 * line has the settings. A later call with the same settings continues the file.
 */
final class WrittenQuestions {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SETTINGS = "settings";
    private static final String PASSAGE = "passage";
    private static final String QUESTIONS = "questions";

    private final Path file;
    private final Map<String, List<String>> byPassage = new HashMap<>();

    /** Opens or creates the file; a last line that was cut off by a crash is left out. */
    WrittenQuestions(Path file, Map<String, Object> settings) throws IOException {
        this.file = file;
        String first = JsonFile.line(Map.of(SETTINGS, settings));
        List<String> whole = new ArrayList<>(List.of(first));
        if (Files.exists(file)) {
            String text = Files.readString(file);
            List<String> lines = text.lines().toList();
            BadInput.throwIf(
                    lines.isEmpty() || !lines.get(0).equals(first),
                    file + ": has questions of other settings, " + (lines.isEmpty() ? "none" : lines.get(0))
                            + ", expected " + first + "; delete it, or give the settings that it names");
            lines.subList(1, text.endsWith("\n") ? lines.size() : lines.size() - 1)
                    .forEach(line -> whole.add(known(line)));
        }
        AtomicFile.write(file, (String.join("\n", whole) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private String known(String line) {
        try {
            JsonNode row = JSON.readTree(line);
            List<String> questions = new ArrayList<>();
            row.get(QUESTIONS).forEach(question -> questions.add(question.textValue()));
            byPassage.put(row.get(PASSAGE).textValue(), questions);
            return line;
        } catch (IOException | NullPointerException e) {
            throw new BadInput(file + ": has a line that this command does not write, " + line + "; delete the file");
        }
    }

    /** Returns the questions of a passage; empty if they are not written yet. */
    Optional<List<String>> of(String passage) {
        return Optional.ofNullable(byPassage.get(passage));
    }

    void add(String passage, List<String> questions) throws IOException {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put(PASSAGE, passage);
        row.put(QUESTIONS, questions);
        Files.writeString(file, JsonFile.line(row) + "\n", StandardOpenOption.APPEND);
        byPassage.put(passage, List.copyOf(questions));
    }
}
