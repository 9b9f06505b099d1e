package org.lsradapt.report.internal.suite;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.nio.file.Path;
import org.lsradapt.io.internal.BoundedFile;

/** Reads small UTF-8 files of YAML as strictly as {@link org.lsradapt.io.internal.JsonFile} reads JSON, and into the same tree. */
public final class YamlFile {

    private static final YAMLMapper MAPPER = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private YamlFile() {}

    /** Reads a file with one mapping that has no repeated keys, anchors and aliases; the exception names file and line. */
    public static ObjectNode readObject(Path file) throws IOException {
        String text = BoundedFile.text(file.toString(), BoundedFile.read(file, BoundedFile.SMALL));
        try {
            refuseAliases(file, text);
            JsonNode root = MAPPER.readTree(text);
            if (!root.isObject()) {
                throw new IOException(file + ": expected a YAML mapping, found " + root.getNodeType());
            }
            return (ObjectNode) root;
        } catch (JsonProcessingException e) {
            String line =
                    e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
            throw new IOException(
                    file + line + ": not valid YAML: "
                            + e.getOriginalMessage().lines().findFirst().orElse(""),
                    e);
        }
    }

    /** Throws for anchors and aliases, because Jackson reads an alias as a string. */
    private static void refuseAliases(Path file, String text) throws IOException {
        try (YAMLParser parser = new YAMLFactory().createParser(text)) {
            while (parser.nextToken() != null) {
                if (parser.isCurrentAlias() || parser.getObjectId() != null) {
                    throw new IOException(file + ", line "
                            + parser.currentTokenLocation().getLineNr()
                            + ": found an anchor or an alias, expected none");
                }
            }
        }
    }
}
