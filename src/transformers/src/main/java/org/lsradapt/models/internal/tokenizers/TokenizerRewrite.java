package org.lsradapt.models.internal.tokenizers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rewrites a {@code tokenizer.json} with the settings in its folder to the tokenizer that transformers 5 builds from
 * them: the sections of its class, and the tokens of all files, added in the same order and so with the same ids.
 */
final class TokenizerRewrite {
    private static final Logger LOG = LoggerFactory.getLogger(TokenizerRewrite.class);

    private static final String ADDED = "added_tokens";
    private static final String SPLIT = "split_special_tokens";

    private final ObjectNode root;
    private final TokenizerSettings settings;
    private final TokenizerClass kind;
    private final int vocabulary;
    private final AddedTokens added;
    private final List<Listed> inFile;

    /** A token with the id from a file. */
    private record Listed(int id, AddedToken token) {}

    private TokenizerRewrite(ObjectNode root, TokenizerSettings settings, int vocabulary, List<Listed> inFile) {
        this.root = root;
        this.settings = settings;
        this.vocabulary = vocabulary;
        this.inFile = inFile;
        kind = settings.tokenizerClass().of(root);
        added = new AddedTokens(root.path("model"));
    }

    /**
     * Rewrites a file's content.
     *
     * @param root its content; modified
     * @param vocabulary the size of the model's vocabulary; tokens beyond it are left out with a warning
     * @throws IOException if a setting is malformed, or gives a token an id that transformers would not give it
     */
    static boolean apply(JsonFields file, ObjectNode root, TokenizerSettings settings, int vocabulary)
            throws IOException {
        if (settings.fields().flag(SPLIT, false)) {
            throw settings.fields().failure(SPLIT, "found true, expected false: special tokens in texts are found");
        }
        List<Listed> inFile = new ArrayList<>();
        for (JsonFields token : file.isAbsent(ADDED) ? List.<JsonFields>of() : file.objects(ADDED)) {
            inFile.add(new Listed(token.integer("id"), AddedToken.of(token)));
        }
        return new TokenizerRewrite(root, settings, vocabulary, inFile).apply();
    }

    private boolean apply() throws IOException {
        ObjectNode before = sections();
        if (kind == TokenizerClass.AS_IT_IS) {
            inFile.forEach(listed -> added.add(listed.token));
            before.set(ADDED, added.json().deepCopy());
        }
        SpecialTokens special = SpecialTokens.of(kind, settings.fields());
        addListed(special);
        special.named().forEach((field, token) -> addMissing(token, field));
        special.others().forEach(token -> addMissing(token, "extra_special_tokens"));
        if (kind == TokenizerClass.QWEN2) {
            Stream.concat(special.named().values().stream(), special.others().stream())
                    .map(AddedToken::content)
                    .filter(added::has)
                    .forEach(content -> added.add(AddedToken.special(content)));
        }
        new Pipeline(kind, settings.fields(), special.named(), added, root).build(settings.normalizer());
        if (!added.json().isEmpty() || root.has(ADDED)) {
            root.set(ADDED, added.json());
        }
        ObjectNode after = sections();
        return !before.equals(after);
    }

    /** Returns a copy of the parts that may change. */
    private ObjectNode sections() {
        ObjectNode sections = JsonFile.newObject();
        Pipeline.SECTIONS.forEach(name -> sections.set(name, root.path(name).deepCopy()));
        root.path("model").properties().stream()
                .filter(field -> !Set.of("vocab", "merges").contains(field.getKey()))
                .forEach(field -> sections.set("model." + field.getKey(), field.getValue()));
        return sections.set(ADDED, root.path(ADDED).isArray() ? root.path(ADDED).deepCopy() : sections.arrayNode());
    }

    /** Adds the tokens that the settings list with ids, or else the tokens of the older file and of tokenizer.json. */
    private void addListed(SpecialTokens special) throws IOException {
        Map<Integer, AddedToken> beside = settings.added(special.texts());
        Map<Integer, AddedToken> all = new TreeMap<>(beside);
        if (!settings.listsTokens()) {
            inFile.forEach(listed -> all.put(listed.id, listed.token));
        }
        Set<String> own = inFile.stream().map(listed -> listed.token.content()).collect(Collectors.toSet());
        Set<String> named = special.namedTexts();
        for (Map.Entry<Integer, AddedToken> entry : all.entrySet()) {
            String content = entry.getValue().content();
            AddedToken token = named.contains(content) ? entry.getValue().asSpecial() : entry.getValue();
            if (own.contains(content)) {
                added.add(token);
            } else {
                addWithin(token, settings.listFields(), settings.listField(content));
            }
            if (entry.getValue().equals(beside.get(entry.getKey())) && added.has(content)) {
                requireId(content, entry.getKey());
            }
        }
    }

    private void requireId(String content, int id) throws IOException {
        int found = added.idOf(content);
        if (found != id) {
            throw settings.listFields()
                    .failure(
                            settings.listField(content),
                            "token \"" + content + "\" has id " + id + " there, but " + TokenizerJson.FILE
                                    + " gives it " + found + ", as transformers does; expected the same");
        }
    }

    private void addMissing(AddedToken token, String field) {
        if (!added.has(token.content())) {
            addWithin(token, settings.fields(), field);
        }
    }

    private void addWithin(AddedToken token, JsonFields source, String field) {
        int id = added.idOf(token.content());
        if (id < vocabulary) {
            added.add(token);
        } else if (!kind.isDefault(field, token, settings.fields())) {
            String complaint = "token \"" + token.content() + "\" is left out: it would have id " + id
                    + ", but the model's vocabulary ends at " + (vocabulary - 1);
            LOG.warn("{}", source.failure(field, complaint).getMessage());
        }
    }
}
