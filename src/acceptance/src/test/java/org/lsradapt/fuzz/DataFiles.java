package org.lsradapt.fuzz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.data.DataFormat;
import org.lsradapt.data.LabelledData;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.retrieval.ScoredPairData;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.PreferenceData;
import org.lsradapt.tasks.official.Tasks;

/** Data: CSV, TSV, JSON lines and plain text of one's own, BEIR's folders, GLUE's and SuperGLUE's files. */
final class DataFiles {

    /** What reads a file of one's own in a format. */
    @FunctionalInterface
    private interface Table {
        Object read(Path file, DataFormat format) throws IOException;
    }

    /** Of bytes: rows can be of a few, and cost some objects each until they are held out or not. */
    private static final int ROW = 512;

    private static final String TABLE = "data.files.LineReader data.files.Header data.Rows data.TextColumns"
            + " tasks.generation.Instructions data.PredictionInputs data.rules.TextProblem data.rules.FiniteNumber data.rules.LabelSet";

    private static final Map<String, Table> TABLES = tables();

    /** Rows of each table with their columns; they are written in every format. */
    private static final Map<String, List<List<String>>> ROWS = Map.of(
            "classes", rows("text,label", "good,a", "\"x, y\",b", "bad,a", "so \"so\",b"),
            "numbers", rows("text,more,label", "good,one,0.5", "bad,two,-1e3", "so,three,7"),
            "pairs", rows("anchor,positive,no", "what,this,that", "who,he,she", "where,here,there", "why,so,no"),
            "scores", rows("sentence1,sentence2,score", "a,b,0", "c,d,1", "e,f,0.5"),
            "instructions", rows("instruction,input,output", "Add.,1 2,3", "Say hi.,,hi", "Name it.,,it"),
            "prompts", rows("prompt,completion", "a,b", "c,d", "e,f"),
            "preferences", rows("prompt,chosen,rejected", "a,b,c", "d,e,f", "g,h,i"),
            "inputs", rows("text,label", "good,a", "bad,b"));

    private static final Map<String, String> GLUE = Map.of(
            "cola", "s\t1\t\tThe cat sleeps.\ns\t0\t*\tCat the.\n",
            "sst2", "sentence\tlabel\ngood \t1\nnot good \t0\n",
            "mrpc", "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t10\t11\tOne .\t\"Two .\n0\t1\t2\tx\ty\n",
            "stsb", "index\tsentence1\tsentence2\tscore\n0\tA plane.\tA jet.\t5.000\n1\tA\tB\t0.75\n",
            "mnli", "index\tsentence1\tsentence2\tgold_label\n0\ta\tb\tneutral\n1\tc\td\tentailment\n",
            "qnli", "index\tquestion\tsentence\tlabel\n0\ta\tb\tentailment\n1\tc\td\tnot_entailment\n");

    private static final Map<String, String> SUPER_GLUE = Map.of(
            "boolq", "{\"question\": \"is it\", \"passage\": \"It is.\", \"label\": true, \"idx\": 0}\n",
            "cb", "{\"premise\": \"p\", \"hypothesis\": \"h\", \"label\": \"neutral\", \"idx\": 1}\n",
            "copa",
                    "{\"premise\": \"P.\", \"choice1\": \"a\", \"choice2\": \"b\", \"question\": \"cause\","
                            + " \"label\": 0}\n",
            "wic",
                    "{\"word\": \"bank\", \"sentence1\": \"By the bank.\", \"sentence2\": \"A bank.\", \"start1\": 7,"
                            + " \"end1\": 11, \"start2\": 2, \"end2\": 6, \"label\": false}\n",
            "wsc",
                    "{\"text\": \"Ann asked Eve whether she was late.\", \"target\": {\"span1_text\": \"Ann\","
                            + " \"span1_index\": 0, \"span2_text\": \"she\", \"span2_index\": 4}, \"label\": true}\n");

    private DataFiles() {}

    static List<Subject> subjects() {
        return List.of(
                new Subject(
                        "csv",
                        TABLE + " data.DelimitedRows data.files.CsvRecords",
                        5,
                        ROW,
                        () -> written(DataFormat.CSV, ".csv"),
                        folder -> table(folder, DataFormat.CSV)),
                new Subject(
                        "tsv",
                        TABLE + " data.DelimitedRows data.files.CsvRecords",
                        2,
                        ROW,
                        () -> written(DataFormat.TSV, ".tsv"),
                        folder -> table(folder, DataFormat.TSV)),
                new Subject(
                        "tsv-unquoted",
                        TABLE + " data.DelimitedRows tasks.UnquotedRecords",
                        2,
                        ROW,
                        () -> written(DataFormat.TSV_UNQUOTED, ".tsv"),
                        folder -> table(folder, DataFormat.TSV_UNQUOTED)),
                new Subject(
                        "json-lines",
                        TABLE + " data.files.JsonRow",
                        5,
                        ROW,
                        () -> written(DataFormat.JSON_LINES, ".jsonl"),
                        folder -> table(folder, DataFormat.JSON_LINES)),
                new Subject(
                        "text",
                        "data.files.LineReader data.files.PlainText",
                        1,
                        ROW,
                        DataFiles::texts,
                        DataFiles::readText),
                new Subject(
                        "beir",
                        "data.files.LineReader retrieval.BeirFolder data.files.JsonRow data.DelimitedRows"
                                + " tasks.UnquotedRecords data.files.Header",
                        3,
                        ROW,
                        DataFiles::beir,
                        DataFiles::readBeir),
                new Subject(
                        "glue",
                        "data.files.LineReader tasks.UnquotedRecords data.files.Header tasks.official.TsvFormat tasks.official.FileTask"
                                + " tasks.official.GlueTasks",
                        2,
                        ROW,
                        () -> tasks(GLUE, "train.tsv", "dev.tsv"),
                        DataFiles::readTask),
                new Subject(
                        "super-glue",
                        "data.files.LineReader data.files.JsonRow tasks.official.FileTask tasks.official.SuperGlueTasks tasks.official.MarkedText",
                        1,
                        ROW,
                        () -> tasks(SUPER_GLUE, "train.jsonl", "val.jsonl"),
                        DataFiles::readTask));
    }

    private static Map<String, Table> tables() {
        Map<String, Table> tables = new LinkedHashMap<>();
        tables.put(
                "classes",
                (file, format) ->
                        LabelledData.classification(source(file, format)).read());
        tables.put(
                "numbers",
                (file, format) -> LabelledData.regression(source(file, format))
                        .text("text", "more")
                        .read());
        tables.put(
                "pairs",
                (file, format) ->
                        PairData.of(source(file, format)).negatives("no").read());
        tables.put(
                "scores",
                (file, format) -> ScoredPairData.of(source(file, format))
                        .texts("sentence1", "sentence2")
                        .score("score")
                        .read());
        tables.put(
                "instructions",
                (file, format) ->
                        LanguageModelData.instructions(source(file, format)).read());
        tables.put(
                "prompts",
                (file, format) ->
                        LanguageModelData.instructions(source(file, format)).read());
        tables.put(
                "preferences",
                (file, format) -> PreferenceData.of(source(file, format)).read());
        tables.put(
                "inputs",
                (file, format) ->
                        LabelledData.classification(source(file, format)).inputs(List.of("a", "b")));
        return tables;
    }

    private static org.lsradapt.data.Table source(Path file, DataFormat format) {
        return org.lsradapt.data.Table.of(file).format(format);
    }

    private static List<List<String>> rows(String... lines) {
        List<List<String>> rows = new ArrayList<>();
        for (String line : lines) {
            rows.add(List.of(line.split(",(?! )", -1)));
        }
        return rows;
    }

    private static List<FileSet> written(DataFormat format, String extension) {
        List<FileSet> seeds = new ArrayList<>();
        for (String name : TABLES.keySet()) {
            List<List<String>> rows = ROWS.get(name);
            String text = format == DataFormat.JSON_LINES
                    ? rows.stream().skip(1).map(row -> json(rows.get(0), row)).collect(Collectors.joining())
                    : rows.stream()
                            .map(row -> String.join(format == DataFormat.CSV ? "," : "\t", row) + "\n")
                            .collect(Collectors.joining());
            seeds.add(FileSet.of(name + extension, text.getBytes(StandardCharsets.UTF_8)));
        }
        return seeds;
    }

    private static String json(List<String> columns, List<String> row) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < columns.size(); i++) {
            line.append(i == 0 ? "{" : ", ")
                    .append('"')
                    .append(columns.get(i))
                    .append("\": \"")
                    .append(row.get(i).replace("\"", "\\\""))
                    .append('"');
        }
        return line.append("}\n").toString();
    }

    private static void table(Path folder, DataFormat format) throws IOException {
        Path file = only(folder, folder.resolve("classes.csv"));
        String name = file.getFileName().toString();
        TABLES.get(name.substring(0, name.indexOf('.'))).read(file, format);
    }

    /** The one file or folder there is. */
    private static Path only(Path folder, Path otherwise) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findFirst().orElse(otherwise);
        }
    }

    private static List<FileSet> texts() {
        String text = "One line.\r\nAnother.\n\n\nA paragraph\nof two.\n \nThe end";
        return List.of(FileSet.of("a.txt", text.getBytes(StandardCharsets.UTF_8)));
    }

    private static void readText(Path folder) throws IOException {
        LanguageModelData.plainText(folder).separatedByBlankLines().read();
        LanguageModelData.plainText(folder.resolve("a.txt")).read();
    }

    private static List<FileSet> beir() {
        String header = "query-id\tcorpus-id\tscore\n";
        Map<String, String> files = new LinkedHashMap<>();
        files.put("corpus.jsonl", """
                {"_id": "d1", "title": "Frogs", "text": "They jump.", "metadata": {}}
                {"_id": 3, "text": " Bare\\ntext "}
                {"_id": "d4", "title": null, "text": ""}
                """);
        files.put("queries.jsonl", """
                {"_id": "q1", "text": "what jumps"}
                {"_id": "q2", "text": "what is bare"}
                """);
        files.put("qrels/train.tsv", header + "q2\t3\t1\nq1\td1\t2\n");
        files.put("qrels/dev.tsv", header + "q2\t3\t2\nq2\td1\t0\nq1\td1\t1\n");
        files.put("qrels/test.tsv", header + "q1\td1\t1\nq1\tgone\t0\n");
        return List.of(encoded(files));
    }

    private static FileSet encoded(Map<String, String> texts) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        texts.forEach((name, text) -> files.put(name, text.getBytes(StandardCharsets.UTF_8)));
        return new FileSet(files);
    }

    private static void readBeir(Path folder) throws IOException {
        PairData.beir(folder).read();
        RetrievalData.beir(folder, "test");
    }

    private static List<FileSet> tasks(Map<String, String> contents, String train, String evaluation) {
        List<FileSet> seeds = new ArrayList<>();
        new TreeMap<>(contents).forEach((task, text) -> {
            String second = task.equals("mnli") ? "dev_matched.tsv" : evaluation;
            seeds.add(encoded(new TreeMap<>(Map.of(task + "/" + train, text, task + "/" + second, text))));
        });
        return seeds;
    }

    private static void readTask(Path folder) throws IOException {
        Path data = only(folder, folder.resolve("cola"));
        Tasks.named(data.getFileName().toString()).load(data);
    }
}
