package com.example;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** A property of Spring Boot, as the metadata in its jar documents it. */
record SpringProperty(String name, String description) {
    private static final String METADATA = "META-INF/spring-configuration-metadata.json";

    /** Reads all properties with a description that are not deprecated. */
    static List<SpringProperty> readAll() throws IOException {
        List<SpringProperty> all = new ArrayList<>();
        try (InputStream in = SpringProperty.class.getClassLoader().getResourceAsStream(METADATA)) {
            for (JsonNode property : new ObjectMapper().readTree(in).get("properties")) {
                if (property.has("description") && !property.has("deprecation")) {
                    all.add(new SpringProperty(
                            property.get("name").asText(), property.get("description").asText()));
                }
            }
        }
        return all;
    }
}
