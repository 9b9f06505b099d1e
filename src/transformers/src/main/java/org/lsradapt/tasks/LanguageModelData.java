package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.lsradapt.tasks.internal.StratifiedSplit;
import org.lsradapt.tasks.internal.files.PlainText;

/**
 * Texts of one's own to train next-token prediction on: plain text, prompts with their completions, or conversations. Plain text is
 * also what a masked language model learns from.
 *
 * <pre>{@code
 * LanguageModelData books = LanguageModelData.plainText(Path.of("books")).read();
 * LanguageModelData answers = LanguageModelData.instructions(Path.of("instructions.jsonl")).seed(7).read();
 * }</pre>
 *
 * <p>Without evaluation data a tenth is held out: of the texts, at random, where equal ones stay together; or, where a
 * tenth of the texts of {@link #plainText} is less than one, the last tenth of each text, cut at a blank line, a line
 * end or white space near by.
 *
 * <p>Immutable, and safe for use by many threads; its builders are for one thread.
 */
public final class LanguageModelData extends SplitData<TrainingText, List<TrainingText>> {

    private LanguageModelData(
            List<TrainingText> train, List<TrainingText> evaluation, Optional<HeldOut> heldOut, List<String> notes) {
        super(train, List.copyOf(evaluation), heldOut, notes);
    }

    /**
     * Plain text: the files themselves and, of folders, their files that end in .txt, in the order of their names. A
     * file is one text, however long, unless {@link FromText#separatedByBlankLines()} or {@link FromText#inPassages()}. A file whose
     * extension tells a {@link DataFormat} is a table, each row of which has a text in {@link FromText#column one column}.
     *
     * @param filesOrFolders one at least
     */
    public static FromText plainText(Path... filesOrFolders) {
        return new FromText(List.of(filesOrFolders));
    }

    /**
     * Instructions: rows with the columns "prompt" and "completion", which are taken as they are; or "instruction",
     * "output" and perhaps "input", which become
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
     * <p>with a line feed at the end for the prompt, without the part on the input where that is missing or blank, and
     * the output for the completion. Other columns are not read.
     *
     * <p>Rows of JSON lines may have "messages" in place of these: objects with "role" and "content", of which what the
     * assistant says is learned, as the model's chat template puts it.
     *
     * @param train JSON lines, or another {@link DataFormat}
     */
    public static FromInstructions instructions(Path train) {
        return new FromInstructions(train);
    }

    /** Texts in memory; the list is copied. */
    public static FromList of(List<? extends TrainingText> train) {
        return new FromList(train);
    }

    private static LanguageModelData of(
            DataBuilder<?, ?> settings, Rows<TrainingText> train, Optional<Rows<TrainingText>> dev) throws IOException {
        if (dev.isPresent()) {
            List<String> notes = new ArrayList<>();
            DataBuilder.addKnown(notes, "texts", train, dev.get(), Function.identity());
            return new LanguageModelData(train.all(), dev.get().all(), Optional.empty(), notes);
        }
        DataBuilder.Divided<TrainingText> divided = settings.divide(
                train,
                HeldOut.Unit.TEXTS,
                train.all(),
                settings.split().byClass(train.all(), new int[train.size()]),
                1,
                ", as one");
        return new LanguageModelData(
                divided.train(), divided.evaluation(), Optional.of(divided.heldOut()), divided.notes());
    }

    /** Reads plain text. */
    public static final class FromText extends DataBuilder<List<Path>, FromText> {
        private boolean byParagraph;
        private boolean byLine;
        private String column = "text";
        private Optional<DataFormat> format = Optional.empty();

        private FromText(List<Path> train) {
            super(train, FromText::filled);
        }

        private static List<Path> filled(List<Path> files) {
            if (files.isEmpty()) {
                throw new IllegalArgumentException("plain text: there are no files, expected at least one");
            }
            return List.copyOf(files);
        }

        /** The files or folders to evaluate on; without them, part of the training text is held out. */
        public FromText dev(Path... filesOrFolders) {
            return dev(List.of(filesOrFolders));
        }

        /** Takes what stands between blank lines for a text of its own, in place of the whole file. */
        public FromText separatedByBlankLines() {
            byParagraph = true;
            return this;
        }

        /** Takes each paragraph for a text of its own, and in a file without blank lines each line. */
        public FromText inPassages() {
            byParagraph = true;
            byLine = true;
            return this;
        }

        /** The column of tables that has the texts; "text" by default. */
        public FromText column(String name) {
            column = name;
            return this;
        }

        /** The format of the files, which are tables, whatever their extensions. */
        public FromText format(DataFormat newFormat) {
            format = Optional.of(newFormat);
            return this;
        }

        /**
         * Reads the files.
         *
         * @throws IllegalArgumentException if evaluation files and a fraction to hold out were given
         * @throws IOException if a file cannot be read, is not UTF-8 or has no text, if a folder has no files that end
         *     in .txt, if a table does not follow its format or lacks the column, or if nothing can be held out
         */
        public LanguageModelData read() throws IOException {
            dev().ifPresent(files -> requireNoFraction(files.get(0).toString()));
            return make(this::read, this::divided);
        }

        private LanguageModelData divided(
                DataBuilder<?, ?> settings, Rows<TrainingText> texts, Optional<Rows<TrainingText>> given)
                throws IOException {
            boolean few = given.isEmpty() && split().fraction() * texts.size() < 1;
            Optional<LanguageModelData> ends = few ? holdOutEnds(texts) : Optional.empty();
            return ends.isPresent() ? ends.get() : of(settings, texts, given);
        }

        private Rows<TrainingText> read(List<Path> filesOrFolders) throws IOException {
            List<TrainingText> texts = new ArrayList<>();
            for (Path file : PlainText.files(filesOrFolders)) {
                for (String text : texts(file)) {
                    texts.add(PromptCompletion.text(text));
                }
            }
            return new Rows<>(filesOrFolders.get(0).toString(), texts);
        }

        private List<String> texts(Path file) throws IOException {
            if (format.isPresent() || DataFormat.isTold(file)) {
                return Rows.of(file, format, List.of(column), row -> row.filled(column))
                        .all();
            }
            List<String> read = PlainText.read(file, byParagraph);
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
            return Optional.of(new LanguageModelData(starts, ends, Optional.of(heldOut), List.of(note)));
        }

        private static long characters(List<TrainingText> texts) {
            return texts.stream().mapToLong(text -> plain(text).length()).sum();
        }
    }

    private static String plain(TrainingText text) {
        return ((PromptCompletion) text).completion();
    }

    /** Reads instructions. */
    public static final class FromInstructions extends DataBuilder<Path, FromInstructions> {
        private Optional<DataFormat> format = Optional.empty();

        private FromInstructions(Path train) {
            super(train, DataBuilder::file);
        }

        /** The format of the files, where their extensions do not tell it. */
        public FromInstructions format(DataFormat newFormat) {
            format = Optional.of(newFormat);
            return this;
        }

        /**
         * Reads the files.
         *
         * @throws IllegalArgumentException if an evaluation file and a fraction to hold out were given, or an
         *     extension tells no format
         * @throws IOException if a file cannot be read, does not follow its format, or holds something unexpected,
         *     with file, line, what was found and what was expected; or if no row can be held out
         */
        public LanguageModelData read() throws IOException {
            return ofTables(this, format, Instructions.COLUMNS, Instructions::read, LanguageModelData::of);
        }
    }

    /** Takes texts from lists. */
    public static final class FromList extends DataBuilder<List<? extends TrainingText>, FromList> {
        private FromList(List<? extends TrainingText> train) {
            super(train, texts -> List.copyOf(texts));
        }

        /**
         * Checks the lists.
         *
         * @throws IllegalArgumentException if a list is empty, if evaluation texts and a fraction to hold out were
         *     given, or if no text can be held out
         */
        public LanguageModelData build() {
            return ofLists(this, "text", LanguageModelData::of);
        }
    }
}
