package org.lsradapt.server.internal.doors;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.server.internal.http.ApiException;
import org.lsradapt.server.internal.http.Exchange;
import org.lsradapt.server.internal.models.ServedModels;

/**
 * OpenAI's {@code GET /v1/models} and {@code GET /v1/models/NAME}. The base model and the adapters of folders come first, then the keys
 * of the store, at most {@code limit} from the one behind {@code after}.
 */
final class ModelsDoor implements Door {
    static final String PATH = "/v1/models";
    private static final String USUAL = "1000";
    private static final int MOST = 10_000;

    private final ServedModels models;
    private final long created = System.currentTimeMillis() / 1000;

    ModelsDoor(ServedModels models) {
        this.models = models;
    }

    @Override
    public void serve(Exchange exchange) throws IOException {
        if (exchange.path().length() > PATH.length() + 1) {
            exchange.reply(200, fields(models.find(exchange.path().substring(PATH.length() + 1))));
            return;
        }
        String after = exchange.query("after", "");
        int most = limit(exchange.query("limit", USUAL));
        List<Map<String, Object>> data = new ArrayList<>();
        if (after.isEmpty()) {
            models.list().forEach(one -> data.add(fields(one)));
        }
        List<ServedModels.Listed> keys = models.listStore(after, most);
        keys.forEach(one -> data.add(fields(one)));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("object", "list");
        answer.put("data", data);
        answer.put("has_more", keys.size() == most);
        exchange.reply(200, answer);
    }

    private static int limit(String value) {
        try {
            int limit = Integer.parseInt(value);
            if (limit >= 1 && limit <= MOST) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // Refused below.
        }
        throw ApiException.invalid("limit", "limit: expected a number from 1 to " + MOST);
    }

    private Map<String, Object> fields(ServedModels.Listed one) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", one.name());
        fields.put("object", "model");
        fields.put("created", created);
        fields.put("owned_by", "lsr-adapt");
        fields.put("root", one.parent().orElse(one.name()));
        fields.put("parent", one.parent().orElse(null));
        fields.put("task", one.task());
        fields.put("kind", one.kind());
        return fields;
    }
}
