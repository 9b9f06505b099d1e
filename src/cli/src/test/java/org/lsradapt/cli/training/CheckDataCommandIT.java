package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.finetuning.Samples;

/** The whole way from a table with wrong labels to a corrected one and a training on it, on a small random model. */
class CheckDataCommandIT {
    private static final int ROWS = 60;
    private static final Set<Integer> FLIPPED = Set.of(7, 23, 41);

    @TempDir
    Path parent;

    private static boolean isWarm(int row) {
        return row % 3 != 0;
    }

    private static String text(int row) {
        String[] small = {"the", "a", "is"};
        String words = small[row % 3] + " " + small[row / 3 % 3] + " " + small[row / 9 % 3] + " " + small[row / 27 % 3];
        return words + (isWarm(row) ? " sun sun sun warm warm warm" : " rain rain rain");
    }

    private static String label(int row) {
        return isWarm(row) != FLIPPED.contains(row) ? "warm" : "cold";
    }

    private Path table(String header, String... further) throws IOException {
        List<String> lines = new ArrayList<>(List.of(header));
        for (int row = 1; row <= ROWS; row++) {
            lines.add("\"" + text(row) + "\"," + label(row));
        }
        lines.addAll(List.of(further));
        return Files.write(parent.resolve("train.csv"), lines);
    }

    private Path out(String name) {
        return parent.resolve(name);
    }

    private List<String> issues(String name) throws IOException {
        return Files.readAllLines(out(name).resolve("label-issues.csv"));
    }

    private CommandLineRun check(String name, Path train, String more, Object... values) {
        return CommandLineRun.of(
                CommandLineRun.arguments(
                        "check-data --model {} --train {} --out {} --folds 3", Samples.model("bert"), train, out(name)),
                CommandLineRun.arguments(more, values));
    }

    @Test
    void oneLabel_fromWrongLabelsToACorrectedTraining() throws IOException {
        Path train = table("text,label", "warm sun,warm", "rain,cold", "rain,warm");
        Path dev = Files.writeString(parent.resolve("dev.csv"), "text,label\nrain,cold\na warm smile,warm\n");
        CommandLineRun run =
                check("first", train, "--task classify --dev {}", dev).succeeded();
        assertTrue(run.lines().contains("rows: 63; evaluation rows: 2"), run.out());
        assertTrue(run.lines().contains("texts that occur with different labels: 1 (rows 62, 63)"), run.out());
        assertTrue(
                run.lines().contains("evaluation rows whose text is also in the training data: 1 (rows 1)"), run.out());
        run.says("tokens of a text: median ", "labels that are probably wrong: ");
        String report = Files.readString(out("first").resolve("report.html"));
        assertTrue(report.contains("Labels that are probably wrong"), report);

        List<String> issues = issues("first");
        assertEquals("row,text,given,suggested,given_probability,suggested_probability,label", issues.get(0));
        Set<Integer> rows = issues.stream()
                .skip(1)
                .map(line -> Integer.valueOf(line.substring(0, line.indexOf(','))))
                .collect(Collectors.toSet());
        assertTrue(rows.containsAll(FLIPPED), rows.toString());

        List<String> edited = issues.stream()
                .map(line -> line.startsWith("7,")
                        ? line.replaceFirst(",cold$", ",warm")
                        : line.startsWith("23,") ? line.replaceFirst(",cold$", ",") : line)
                .toList();
        Path corrections = Files.write(parent.resolve("corrections.csv"), edited);
        String said = "corrections of " + corrections + ": 1 labels changed, 1 rows removed";
        CommandLineRun again = check("second", train, "--task classify --corrections {}", corrections)
                .succeeded();
        assertTrue(again.lines().contains(said), again.out());
        assertTrue(again.lines().contains("rows: 62"), again.out());
        CommandLineRun trained = succeed(
                "finetune --task classify --model {} --train {} --corrections {} --methods frozen --epochs 1 "
                        + "--out {}",
                Samples.model("bert"),
                train,
                corrections,
                out("run"));
        assertTrue(trained.lines().contains(said), trained.out());
        assertTrue(Files.readString(out("run").resolve("report.html")).contains("with the corrections"));

        Path pool = Files.writeString(
                parent.resolve("pool.csv"),
                "text\n"
                        + IntStream.range(70, 90)
                                .mapToObj(row -> "\"" + text(row) + "\"\n")
                                .collect(Collectors.joining()));
        List<String> next = succeed(
                        "predict --adapter {} --data {} --uncertain 3",
                        out("run").resolve("frozen-1"),
                        pool)
                .lines();
        assertEquals("row,text,label,margin", next.get(0));
        assertEquals(4, next.size());
        assertEquals(
                3,
                next.stream()
                        .skip(1)
                        .map(line -> line.split(",", 2)[0])
                        .distinct()
                        .count());
    }

    @Test
    void corrections_ofOtherData_areRefusedWithTheRow() throws IOException {
        Path train = table("text,label");
        Path corrections = Files.writeString(
                parent.resolve("corrections.csv"),
                "row,text,given,label\n1,a the the the sun sun sun warm warm warm,warm,cold\n2,rain,warm,cold\n");
        CommandLineRun run = check("out", train, "--task classify --corrections {}", corrections);
        assertEquals(2, run.code());
        assertTrue(
                run.err()
                        .contains(corrections + ", line 3: the text is \"rain\", and that of row 2 of the data is"
                                + " \"is the the the sun sun sun warm warm warm\"; expected corrections of this data"),
                run.err());
        Files.writeString(corrections, "row,text,given,label\n1,a the the the sun sun sun warm warm warm,warm,hot\n");
        assertTrue(
                check("out", train, "--task classify --corrections {}", corrections)
                        .err()
                        .contains("line 2: label \"hot\" does not occur in the data (labels: cold, warm)"),
                run.err());
        assertFalse(Files.exists(out("out")));
    }

    @Test
    void unreadableRows_areAllNamed() throws IOException {
        Path train = table("text,label", "\"\",warm", "sun,", "sun,warm");
        CommandLineRun run = check("out", train, "--task classify");
        assertEquals(2, run.code());
        assertTrue(run.err().matches("(?s).*2 rows cannot be read.*line 62.*line 63.*"), run.err());
    }

    @Test
    void severalLabels_areCheckedAndCorrected() throws IOException {
        List<String> lines = new ArrayList<>(List.of("text,labels"));
        for (int row = 1; row <= ROWS; row++) {
            String labels = (isWarm(row) ? "sun" : "rain") + (row % 2 == 0 ? "|long" : "");
            lines.add("\"" + text(row) + (row % 2 == 0 ? " , , , , , , , ," : "") + "\","
                    + (row == 20 ? "rain|long" : labels));
        }
        Path train = Files.write(parent.resolve("several.csv"), lines);
        CommandLineRun run = check("out", train, "--task labels --separator |").succeeded();
        run.says("labels that are probably wrong: ");
        String found = issues("out").stream()
                .filter(line -> line.startsWith("20,"))
                .findFirst()
                .orElseThrow();
        assertTrue(found.contains(",long|rain,"), found);
        Path corrections = Files.write(
                parent.resolve("corrections.csv"),
                List.of(issues("out").get(0), found.replaceFirst(",long\\|rain$", ",sun|long")));
        assertTrue(check("again", train, "--task labels --separator | --corrections {}", corrections)
                .succeeded()
                .out()
                .contains(": 1 labels changed, 0 rows removed"));
    }

    @Test
    void words_areCheckedAndCorrected() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < 40; row++) {
            text.append("a O\n".repeat(row / 6))
                    .append("the O\n".repeat(1 + row % 6))
                    .append(row == 11 ? "sun O\n" : "sun B-SUN\n")
                    .append("rain B-RAIN\n. O\n\n");
        }
        Path train = Files.writeString(parent.resolve("words.conll"), text);
        CommandLineRun run = check("out", train, "--task tokens").succeeded();
        run.says("which are read in several windows");
        List<String> issues = issues("out");
        assertEquals(
                "row,word,text,given,suggested,given_probability,suggested_probability,context,label", issues.get(0));
        String found = issues.stream()
                .filter(line -> line.startsWith("12,8,sun,O,B-SUN,"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(issues.toString()));
        Path corrections = Files.write(
                parent.resolve("corrections.csv"), List.of(issues.get(0), found.replaceFirst(",O$", ",B-SUN")));
        assertTrue(check("again", train, "--task tokens --corrections {}", corrections)
                .succeeded()
                .out()
                .contains(": 1 labels changed, 0 rows removed"));
    }

    @Test
    void numbers_haveNoLabelsToCheck() throws IOException {
        List<String> lines = new ArrayList<>(List.of("text,label"));
        IntStream.range(0, 30).forEach(row -> lines.add("\"" + text(row) + "\"," + row / 10.0));
        Path train = Files.write(parent.resolve("numbers.csv"), lines);
        CommandLineRun run = check("out", train, "--task regress").succeeded();
        run.says("labels that are probably wrong: not checked, as rows have numbers");
        assertFalse(Files.exists(out("out").resolve("label-issues.csv")));
    }

    @Test
    void otherTasks_areRefusedInWords() throws IOException {
        Path train = Files.writeString(parent.resolve("plain.txt"), "the sun is warm .\n".repeat(40));
        check("out", train, "--task text").refused("has no labels of texts or words, expected");
        assertTrue(check("out", train, "--task classify --teacher x").err().contains("unknown option '--teacher'"));
    }
}
