package org.lsradapt.tasks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.tasks.internal.DataRow;
import org.lsradapt.tasks.internal.Target;

/**
 * Which columns of a file are read.
 *
 * @param text the text
 * @param secondText the second text of a pair
 * @param label the label
 */
record Columns(String text, Optional<String> secondText, Optional<String> label) {

    Columns {
        List<String> all = new ArrayList<>(List.of(text));
        secondText.ifPresent(all::add);
        label.ifPresent(all::add);
        for (String column : all) {
            if (column.isEmpty()) {
                throw new IllegalArgumentException("a column's name is empty, expected one of the header");
            }
        }
        if (all.stream().distinct().count() != all.size()) {
            throw new IllegalArgumentException("columns " + String.join(", ", all) + ": expected different ones");
        }
    }

    /** All of them. */
    List<String> names() {
        List<String> names = new ArrayList<>(List.of(text));
        secondText.ifPresent(names::add);
        label.ifPresent(names::add);
        return names;
    }

    /** The texts and the label of a row. */
    LabelledText labelled(DataRow row) throws IOException {
        Example texts = unlabelled(row);
        return new LabelledText(texts.first(), Optional.ofNullable(texts.second()), label(row));
    }

    /** As {@link #labelled(DataRow)}, where the target accepts the label. */
    LabelledText labelled(DataRow row, Target target) throws IOException {
        LabelledText labelled = labelled(row);
        if (Double.isNaN(target.parse(labelled.label()))) {
            throw row.failure(target.complaint(labelled.label()));
        }
        return labelled;
    }

    /** The texts of a row, without its label. */
    Example unlabelled(DataRow row) throws IOException {
        return new Example(text(row, text), secondText.isEmpty() ? null : text(row, secondText.get()), Double.NaN);
    }

    private String label(DataRow row) throws IOException {
        String column = label.orElseThrow();
        String value = row.label(column);
        Optional<String> complaint = Complaint.aboutLabel(value);
        if (complaint.isPresent()) {
            throw row.failure(column, complaint.get());
        }
        return value;
    }

    private static String text(DataRow row, String column) throws IOException {
        String value = row.text(column);
        Optional<String> complaint = Complaint.aboutText(value);
        if (complaint.isPresent()) {
            throw row.failure(column, complaint.get());
        }
        return value;
    }
}
