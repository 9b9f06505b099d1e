package org.lsradapt.tasks.generation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
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

/**
 * Pairs of a preferred and a rejected answer, for training a causal language model.
 *
 * <pre>{@code
 * PreferenceData rows = PreferenceData.of(Path.of("preferences.jsonl")).read();
 * PreferenceData pairs = PreferenceData.of(List.of(Preference.of("2 + 2 =", " 4", " 5"), ...)).read();
 * }</pre>
 *
 * <p>Without evaluation data, a random tenth of the pairs is held out; pairs with the same prompt stay together.
 *
 * <p>Immutable and thread-safe; each builder is for one thread.
 */
public final class PreferenceData extends Dataset<Preference, List<Preference>, PreferenceData> {
    private static final Division<Preference, List<Preference>> BY_PROMPT =
            Division.byKey(HeldOut.Unit.PAIRS, "prompts", PreferenceData::group);

    private PreferenceData(Split<Preference, List<Preference>> split) {
        super(BY_PROMPT, split);
    }

    @Override
    protected PreferenceData with(Split<Preference, List<Preference>> parts) {
        return new PreferenceData(parts);
    }

    /**
     * Reads rows with the columns "prompt", "chosen" and "rejected". They are texts, which are used unchanged, or, in JSON lines, arrays
     * of messages with "role" and "content". With a prompt of messages, "chosen" and "rejected" are the answers; with a prompt of text,
     * they are whole conversations in which this text is the last question. Other columns are not read.
     *
     * @param train JSON lines, or another {@link DataFormat}
     */
    public static FromFile of(Path train) {
        return new FromFile(Table.of(train));
    }

    /** Reads pairs of answers from the rows of a table, such as the result of a query. */
    public static FromFile of(Table train) {
        return new FromFile(train);
    }

    /** Takes pairs in memory; the list is copied. */
    public static ListBuilder<Preference, PreferenceData> of(List<Preference> train) {
        return ListBuilder.of(train, "pair", BY_PROMPT, PreferenceData::new);
    }

    /** The key of pairs that belong together: the prompt, or the whole pair if the prompt is empty. */
    private static Object group(Preference pair) {
        return pair.prompt().equals("") ? pair : pair.prompt();
    }

    /** Reads pairs from a file. */
    public static final class FromFile extends DataBuilder<Table, FromFile> {

        private FromFile(Table train) {
            super(train, UnaryOperator.identity());
        }

        /** Sets the evaluation file, in the form of the training file. */
        public FromFile dev(Path file) {
            return dev(train().at(file));
        }

        /** Reads the files; see {@link DataBuilder}. The answers of a row differ. */
        public PreferenceData read() throws IOException {
            return make(
                    file -> Rows.of(file, PreferenceRows.COLUMNS, PreferenceRows::read),
                    (train, dev) -> new PreferenceData(divide(BY_PROMPT, train, dev, new Notes())));
        }
    }
}
