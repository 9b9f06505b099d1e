package org.lsradapt.cli.inference;

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
    private static final String SETTINGS = "settings";

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
            for (int i = 1; i < (text.endsWith("\n") ? lines.size() : lines.size() - 1); i++) {
                know(i + 1, lines.get(i));
                whole.add(lines.get(i));
            }
        }
        AtomicFile.write(file, (String.join("\n", whole) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private record Row(String passage, List<String> questions) {}

    private void know(int number, String line) throws IOException {
        Row row = JsonFile.record(file + " line " + number, line.getBytes(StandardCharsets.UTF_8), Row.class);
        BadInput.throwIf(
                row.passage == null || row.questions == null,
                file + " line " + number + ": found no passage with questions, expected a line that this command wrote;"
                        + " delete the file to begin again");
        byPassage.put(row.passage, List.copyOf(row.questions));
    }

    /** Returns the questions of a passage; empty if they are not written yet. */
    Optional<List<String>> of(String passage) {
        return Optional.ofNullable(byPassage.get(passage));
    }

    void add(String passage, List<String> questions) throws IOException {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("passage", passage);
        row.put("questions", questions);
        Files.writeString(file, JsonFile.line(row) + "\n", StandardOpenOption.APPEND);
        byPassage.put(passage, List.copyOf(questions));
    }
}
