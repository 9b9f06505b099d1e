package org.lsradapt.tasks.generation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.lsradapt.data.DataBuilder;
import org.lsradapt.data.DataFormat;
import org.lsradapt.data.Dataset;
import org.lsradapt.data.Division;
import org.lsradapt.data.HeldOut;
import org.lsradapt.data.ListBuilder;
import org.lsradapt.data.Notes;
import org.lsradapt.data.Rows;
import org.lsradapt.data.Split;
import org.lsradapt.data.Table;
import org.lsradapt.data.files.PlainText;
import org.lsradapt.data.rules.StratifiedSplit;

/**
 * Custom texts for training next-token prediction: plain text, prompts with completions, or conversations. Masked language models learn
 * from plain text too.
 *
 * <pre>{@code
 * LanguageModelData books = LanguageModelData.plainText(Path.of("books")).read();
 * LanguageModelData answers = LanguageModelData.instructions(Path.of("instructions.jsonl")).seed(7).read();
 * }</pre>
 *
 * <p>Without evaluation data, a random tenth of the texts is held out; equal texts stay together. If a tenth of the texts of
 * {@link #plainText} is less than one text, the last tenth of each text is held out, cut at a nearby blank line, line end or white space.
 *
 * <p>Immutable and thread-safe; each builder is for one thread.
 */
public final class LanguageModelData extends Dataset<TrainingText, List<TrainingText>, LanguageModelData> {
    private static final Division<TrainingText, List<TrainingText>> BY_TEXT =
            Division.byKey(HeldOut.Unit.TEXTS, "texts", Function.identity());

    private LanguageModelData(Split<TrainingText, List<TrainingText>> split) {
        super(BY_TEXT, split);
    }

    @Override
    protected LanguageModelData with(Split<TrainingText, List<TrainingText>> parts) {
        return new LanguageModelData(parts);
    }

    /**
     * Reads plain text from files, and from the .txt files of folders, in name order. Each file is one text, however long, unless
     * {@link FromText#separatedByBlankLines()} or {@link FromText#inPassages()} is set. A file whose extension determines a
     * {@link DataFormat} is a table with one text per row, in {@link FromText#column one column}.
     *
     * @param filesOrFolders at least one path
     */
    public static FromText plainText(Path... filesOrFolders) {
        return new FromText(Stream.of(filesOrFolders).map(Table::of).toList());
    }

    /** Reads plain text from files, folders or streams, or the texts of tables, such as the result of a query. */
    public static FromText plainText(List<Table> train) {
        return new FromText(train);
    }

    /**
     * Reads instructions. The rows have the columns "prompt" and "completion", which are used unchanged; or "instruction", "output" and
     * optionally "input", which become
     *
     * <pre>
     * ### Instruction:
     * INSTRUCTION
     *
     * ### Input:
     * INPUT
     *
     * ### Response:
     * </pre>
     *
     * <p>with a line feed at the end for the prompt, and the output for the completion. The part on the input is left out if the input is
     * missing or blank. Other columns are not read.
     *
     * <p>Rows of JSON lines may have "messages" instead: objects with "role" and "content", which the model's chat template turns into
     * text. The model learns the assistant's messages.
     *
     * @param train JSON lines, or another {@link DataFormat}
     */
    public static FromInstructions instructions(Path train) {
        return new FromInstructions(Table.of(train));
    }

    /** Reads prompts with completions from the rows of a table, such as the result of a query. */
    public static FromInstructions instructions(Table train) {
        return new FromInstructions(train);
    }

    /** Takes texts in memory; the list is copied. */
    public static ListBuilder<TrainingText, LanguageModelData> of(List<? extends TrainingText> train) {
        return ListBuilder.of(train, "text", BY_TEXT, LanguageModelData::new);
    }

    /** Reads plain text. */
    public static final class FromText extends DataBuilder<List<Table>, FromText> {
        private boolean byParagraph;
        private boolean byLine;
        private String column = "text";

        private FromText(List<Table> train) {
            super(train, FromText::filled);
        }

        private static List<Table> filled(List<Table> files) {
            if (files.isEmpty()) {
                throw new IllegalArgumentException("plain text: there are no files, expected at least one");
            }
            return List.copyOf(files);
        }

        /** Sets the evaluation files or folders; without them, part of the training text is held out. */
        public FromText dev(Path... filesOrFolders) {
            return dev(Stream.of(filesOrFolders).map(train().get(0)::at).toList());
        }

        /** Makes each block of lines between blank lines a text, instead of the whole file. */
        public FromText separatedByBlankLines() {
            byParagraph = true;
            return this;
        }

        /** Makes each paragraph a text, or each line in a file without blank lines. */
        public FromText inPassages() {
            byParagraph = true;
            byLine = true;
            return this;
        }

        /** Sets the column of the texts in tables; "text" by default. */
        public FromText column(String name) {
            column = name;
            return this;
        }

        /** Reads the files, UTF-8 with a text each, or folders with .txt files; see {@link DataBuilder}. */
        public LanguageModelData read() throws IOException {
            return make(this::read, this::divided);
        }

        private LanguageModelData divided(Rows<TrainingText> texts, Optional<Rows<TrainingText>> given)
                throws IOException {
            boolean few = given.isEmpty() && split().fraction() * texts.size() < 1;
            Optional<LanguageModelData> ends = few ? holdOutEnds(texts) : Optional.empty();
            return ends.isPresent() ? ends.get() : new LanguageModelData(divide(BY_TEXT, texts, given, new Notes()));
        }

        private Rows<TrainingText> read(List<Table> filesOrFolders) throws IOException {
            List<TrainingText> texts = new ArrayList<>();
            for (Table source : filesOrFolders) {
                for (Table file : files(source)) {
                    for (String text : texts(file)) {
                        texts.add(PromptCompletion.text(text));
                    }
                }
            }
            return new Rows<>(filesOrFolders.get(0).toString(), texts);
        }

        private static List<Table> files(Table source) throws IOException {
            return source.file().isEmpty()
                    ? List.of(source)
                    : PlainText.files(List.of(source.file().get())).stream()
                            .map(source::at)
                            .toList();
        }

        private List<String> texts(Table file) throws IOException {
            if (file.isTold()) {
                return Rows.of(file, List.of(column), row -> row.filled(column)).all();
            }
            List<String> read = PlainText.read(file.text(), byParagraph);
            return byLine && read.size() == 1 ? read.get(0).lines().toList() : read;
        }

        private Optional<LanguageModelData> holdOutEnds(Rows<TrainingText> texts) {
            List<TrainingText> starts = new ArrayList<>();
            List<TrainingText> ends = new ArrayList<>();
            for (TrainingText text : texts.all()) {
                String whole = plain(text);
                int cut = PlainText.cut(whole, split().fraction()).orElse(whole.length());
                starts.add(PromptCompletion.text(whole.substring(0, cut)));
                if (cut < whole.length()) {
                    ends.add(PromptCompletion.text(whole.substring(cut)));
                }
            }
            if (ends.isEmpty()) {
                return Optional.empty();
            }
            HeldOut heldOut = new HeldOut(
                    characters(ends),
                    characters(texts.all()),
                    HeldOut.Unit.CHARACTERS,
                    texts.size() - StratifiedSplit.groups(texts.all()).size(),
                    split().seed());
            String note = heldOut.describe() + ", at the end of each text, as there are few texts: " + texts.size();
            return Optional.of(
                    new LanguageModelData(new Split<>(starts, List.copyOf(ends), Optional.of(heldOut), List.of(note))));
        }

        private static long characters(List<TrainingText> texts) {
            return texts.stream().mapToLong(text -> plain(text).length()).sum();
        }
    }

    private static String plain(TrainingText text) {
        return ((PromptCompletion) text).completion();
    }

    /** Reads instructions. */
    public static final class FromInstructions extends DataBuilder<Table, FromInstructions> {

        private FromInstructions(Table train) {
            super(train, UnaryOperator.identity());
        }

        /** Sets the evaluation file, in the form of the training file. */
        public FromInstructions dev(Path file) {
            return dev(train().at(file));
        }

        /** Reads the files; see {@link DataBuilder}. */
        public LanguageModelData read() throws IOException {
            return make(
                    file -> Rows.of(file, Instructions.COLUMNS, Instructions::read),
                    (train, dev) -> new LanguageModelData(divide(BY_TEXT, train, dev, new Notes())));
        }
    }
}
