package org.lsradapt.models.internal.tokenizers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;

/**
 * A token for which a text is searched before the text is split.
 *
 * @param lstrip whether it takes the white space before it
 * @param rstrip whether it takes the white space after it
 * @param normalized whether the normalized text is searched for it; if absent, true unless it is special
 */
record AddedToken(
        String content,
        boolean singleWord,
        boolean lstrip,
        boolean rstrip,
        Optional<Boolean> normalized,
        boolean special) {

    private static final String NORMALIZED = "normalized";

    static AddedToken special(String content) {
        return new AddedToken(content, false, false, false, Optional.empty(), true);
    }

    static AddedToken plain(String content) {
        return new AddedToken(content, false, false, false, Optional.empty(), false);
    }

    static AddedToken of(JsonFields fields) throws IOException {
        return new AddedToken(
                fields.text("content"),
                fields.flag("single_word", false),
                fields.flag("lstrip", false),
                fields.flag("rstrip", false),
                fields.isAbsent(NORMALIZED) ? Optional.empty() : Optional.of(fields.flag(NORMALIZED)),
                fields.flag("special", false));
    }

    AddedToken asSpecial() {
        return new AddedToken(content, singleWord, lstrip, rstrip, normalized, true);
    }

    AddedToken takingSpaceBefore() {
        return new AddedToken(content, singleWord, true, rstrip, normalized, special);
    }

    ObjectNode json(int id) {
        return JsonFile.newObject()
                .put("id", id)
                .put("content", content)
                .put("single_word", singleWord)
                .put("lstrip", lstrip)
                .put("rstrip", rstrip)
                .put(NORMALIZED, normalized.orElse(!special))
                .put("special", special);
    }
}
