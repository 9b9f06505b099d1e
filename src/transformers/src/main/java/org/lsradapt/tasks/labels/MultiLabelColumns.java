package org.lsradapt.tasks.labels;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lsradapt.data.Example;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.data.rules.TextProblem;
import org.lsradapt.lsr.internal.Require;

/**
 * The columns of a text's labels in a table.
 *
 * @param each the columns of 0 and 1, one per label; empty if one column has all labels
 */
record MultiLabelColumns(String column, String separator, List<String> each) {
    private static final List<String> YES = List.of("1", "true");
    private static final List<String> NO = List.of("0", "false");

    MultiLabelColumns {
        Require.argument(!separator.isEmpty(), "separator of labels: it is empty, expected such as a comma");
    }

    List<String> names() {
        return each.isEmpty() ? List.of(column) : each;
    }

    MultiLabelText read(Example texts, DataRow row) throws IOException {
        return new MultiLabelText(
                texts.first(), Optional.ofNullable(texts.second()), each.isEmpty() ? listed(row) : marked(row));
    }

    private List<String> listed(DataRow row) throws IOException {
        List<String> values = row.texts(column);
        boolean written = values.size() == 1 && !row.isArray(column);
        List<String> labels = written
                ? Stream.of(values.get(0).split(Pattern.quote(separator), -1))
                        .map(String::strip)
                        .toList()
                : values;
        if (written && labels.size() == 1 && labels.get(0).isEmpty()) {
            return List.of();
        }
        for (String label : labels) {
            row.refuse(column, TextProblem.ofLabel(label).map(problem -> "has a label that " + problem));
        }
        if (labels.stream().distinct().count() != labels.size()) {
            throw row.failure(
                    column, "is " + Quoted.value(String.join(separator, labels)) + ", expected each label once");
        }
        return labels;
    }

    private List<String> marked(DataRow row) throws IOException {
        List<String> labels = new ArrayList<>();
        for (String name : each) {
            String value = row.label(name);
            if (YES.contains(value)) {
                labels.add(name);
            } else if (!NO.contains(value)) {
                throw row.failure(name, "is " + Quoted.value(value) + ", expected 0 or 1, or true or false");
            }
        }
        return labels;
    }
}
