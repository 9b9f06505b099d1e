package com.example;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.lsradapt.data.TextPair;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two teams that search for properties of Spring Boot by their descriptions. The data are in Spring Boot's jars. */
enum Tenant {
    WEB("server\\.|spring\\.(web|webflux|mvc|servlet|http|graphql)\\."),
    MESSAGING("spring\\.(kafka|rabbitmq|pulsar)\\.");

    private final String names;

    Tenant(String names) {
        this.names = names;
    }

    /** The name of the tenant's adapter. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Pairs of descriptions and names, so many at most. */
    List<TextPair> pairs(String limit) throws IOException {
        List<TextPair> pairs = new ArrayList<>();
        for (URL metadata : Collections.list(
                getClass().getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream in = metadata.openStream()) {
                for (JsonNode property : JsonMapper.shared().readTree(in).get("properties")) {
                    String name = property.get("name").asString();
                    if (name.matches("(" + names + ").*")
                            && property.has("description")
                            && !property.has("deprecation")) {
                        pairs.add(TextPair.of(property.get("description").asString(), name));
                    }
                }
            }
        }
        return pairs.subList(0, Math.min(pairs.size(), Integer.parseInt(limit)));
    }
}
