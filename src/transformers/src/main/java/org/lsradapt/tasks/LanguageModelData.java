package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Texts of one's own to train next-token prediction on: plain text, or prompts with their completions.
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
public final class LanguageModelData {

    private final List<PromptCompletion> train;
    private final List<PromptCompletion> evaluation;
    private final Optional<HeldOut> heldOut;
    private final List<String> notes;

    private LanguageModelData(
            List<PromptCompletion> train,
            List<PromptCompletion> evaluation,
            Optional<HeldOut> heldOut,
            List<String> notes) {
        this.train = List.copyOf(train);
        this.evaluation = List.copyOf(evaluation);
        this.heldOut = heldOut;
        this.notes = List.copyOf(notes);
    }

    /**
     * Plain text: the files themselves and, of folders, their files that end in .txt, in the order of their names. A
     * file is one text, however long, unless {@link FromText#separatedByBlankLines()}.
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
     * @param train JSON lines, or another {@link DataFormat}
     */
    public static FromInstructions instructions(Path train) {
        return new FromInstructions(train);
    }

    /** Texts in memory; the list is copied. */
    public static FromList of(List<PromptCompletion> train) {
        return new FromList(train);
    }

    /** What is learned from, in the order of files and rows; at least one. Cannot be modified. */
    public List<PromptCompletion> train() {
        return train;
    }

    /** What is measured on; at least one. Cannot be modified. */
    public List<PromptCompletion> evaluation() {
        return evaluation;
    }

    /** How much was held out; empty where evaluation data was given. */
    public Optional<HeldOut> heldOut() {
        return heldOut;
    }

    /** What the owner of the data should know, a sentence each. */
    public List<String> notes() {
        return notes;
    }

    private static LanguageModelData with(List<PromptCompletion> train, List<PromptCompletion> evaluation) {
        return new LanguageModelData(train, evaluation, Optional.empty(), List.of());
    }

    /** The data with whole texts held out; empty if there is one text only, or too many equal ones. */
    private static Optional<LanguageModelData> holdOut(List<PromptCompletion> all, HoldingOut<?> settings) {
        BitSet chosen = HeldOutChoice.byClass(all, new int[all.size()], settings.fraction(), settings.seed());
        if (chosen.isEmpty()) {
            return Optional.empty();
        }
        int duplicates = all.size() - HeldOutChoice.groups(all).size();
        HeldOut heldOut =
                new HeldOut(chosen.cardinality(), all.size(), HeldOut.Unit.TEXTS, duplicates, settings.seed());
        List<String> notes = new ArrayList<>();
        notes.add(heldOut.describe() + " (seed " + settings.seed() + ")");
        if (duplicates > 0) {
            notes.add(String.format(
                    Locale.ROOT,
                    "texts that repeat an earlier one: %,d of %,d; equal texts are on the" + " same side",
                    duplicates,
                    all.size()));
        }
        return Optional.of(new LanguageModelData(
                HeldOutChoice.part(all, chosen, false),
                HeldOutChoice.part(all, chosen, true),
                Optional.of(heldOut),
                notes));
    }

    private static String nothingToHoldOut(Object source, int texts) {
        return source + ": of " + texts + (texts == 1 ? " text" : " texts") + " none can be held out to evaluate on,"
                + " as one is to train on and equal texts stay together; expected more texts, or evaluation data";
    }

    /** Reads plain text. */
    public static final class FromText extends HoldingOut<FromText> {

        private final List<Path> train;
        private List<Path> dev = List.of();
        private boolean byParagraph;

        private FromText(List<Path> train) {
            if (train.isEmpty()) {
                throw new IllegalArgumentException("plain text: there are no files, expected at least one");
            }
            this.train = train;
        }

        @Override
        FromText self() {
            return this;
        }

        /**
         * The files or folders to evaluate on; without them, part of the training text is held out.
         *
         * @return this
         */
        public FromText dev(Path... filesOrFolders) {
            dev = List.of(filesOrFolders);
            return this;
        }

        /**
         * Takes what stands between blank lines for a text of its own, in place of the whole file.
         *
         * @return this
         */
        public FromText separatedByBlankLines() {
            byParagraph = true;
            return this;
        }

        /**
         * Reads the files.
         *
         * @throws IllegalArgumentException if evaluation files and a fraction to hold out were given
         * @throws IOException if a file cannot be read, is not UTF-8 or has no text, if a folder has no files that end
         *     in .txt, or if nothing can be held out
         */
        public LanguageModelData read() throws IOException {
            if (!dev.isEmpty()) {
                requireNoFraction(dev.get(0).toString());
            }
            List<PromptCompletion> texts = read(train);
            if (!dev.isEmpty()) {
                return with(texts, read(dev));
            }
            return (fraction() * texts.size() < 1 ? holdOutEnds(texts) : holdOut(texts, this))
                    .orElseThrow(() -> new IOException(nothingToHoldOut(train.get(0), texts.size())));
        }

        private List<PromptCompletion> read(List<Path> filesOrFolders) throws IOException {
            List<PromptCompletion> texts = new ArrayList<>();
            for (Path file : PlainText.files(filesOrFolders)) {
                for (String text : PlainText.read(file, byParagraph)) {
                    texts.add(PromptCompletion.text(text));
                }
            }
            return texts;
        }

        private Optional<LanguageModelData> holdOutEnds(List<PromptCompletion> texts) {
            List<PromptCompletion> starts = new ArrayList<>();
            List<PromptCompletion> ends = new ArrayList<>();
            for (PromptCompletion text : texts) {
                String whole = text.completion();
                int cut = PlainText.cut(whole, fraction()).orElse(whole.length());
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
                    characters(texts),
                    HeldOut.Unit.CHARACTERS,
                    texts.size() - HeldOutChoice.groups(texts).size(),
                    seed());
            String note = heldOut.describe() + ", at the end of each text, as there are few texts: " + texts.size();
            return Optional.of(new LanguageModelData(starts, ends, Optional.of(heldOut), List.of(note)));
        }

        private static long characters(List<PromptCompletion> texts) {
            return texts.stream().mapToLong(text -> text.completion().length()).sum();
        }
    }

    /** Reads instructions. */
    public static final class FromInstructions extends Sources<Path, FromInstructions> {

        private Optional<DataFormat> format = Optional.empty();

        private FromInstructions(Path train) {
            super(train, Sources::file);
        }

        @Override
        FromInstructions self() {
            return this;
        }

        /**
         * The format of the files, where their extensions do not tell it.
         *
         * @return this
         */
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
            dev().ifPresent(file -> requireNoFraction(file.toString()));
            List<PromptCompletion> rows = read(train());
            return dev().isPresent()
                    ? with(rows, read(dev().get()))
                    : holdOut(rows, this).orElseThrow(() -> new IOException(nothingToHoldOut(train(), rows.size())));
        }

        private List<PromptCompletion> read(Path file) throws IOException {
            return DataFile.read(
                    file, format.orElseGet(() -> DataFormat.of(file)), Instructions.COLUMNS, Instructions::read);
        }
    }

    /** Takes texts from lists. */
    public static final class FromList extends Sources<List<PromptCompletion>, FromList> {

        private FromList(List<PromptCompletion> train) {
            super(train, List::copyOf);
        }

        @Override
        FromList self() {
            return this;
        }

        /**
         * Checks the lists.
         *
         * @throws IllegalArgumentException if a list is empty, if evaluation texts and a fraction to hold out were
         *     given, or if no text can be held out
         */
        public LanguageModelData build() {
            dev().ifPresent(texts -> requireNoFraction(texts.size() + " texts"));
            requireFilled(this, "text");
            return dev().map(texts -> with(train(), texts))
                    .or(() -> holdOut(train(), this))
                    .orElseThrow(() -> new IllegalArgumentException(nothingToHoldOut("train", train().size())));
        }
    }
}
