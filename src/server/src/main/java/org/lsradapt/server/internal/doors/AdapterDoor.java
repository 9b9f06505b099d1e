package org.lsradapt.server.internal.doors;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.server.internal.http.ApiException;
import org.lsradapt.server.internal.http.Exchange;
import org.lsradapt.server.internal.models.ServedModels;

/** vLLM's {@code POST /v1/load_lora_adapter} and {@code POST /v1/unload_lora_adapter}. */
final class AdapterDoor extends JsonDoor<AdapterDoor.Request> {
    private final ServedModels models;
    private final boolean loads;
    private final boolean allowed;

    /**
     * A request.
     *
     * @param path the adapter's folder; empty to unload
     */
    record Request(String name, Optional<String> path, boolean replace) {}

    AdapterDoor(ServedModels models, boolean loads, boolean allowed) {
        super(1);
        this.models = models;
        this.loads = loads;
        this.allowed = allowed;
    }

    @Override
    Request read(JsonFields fields) throws IOException {
        if (!allowed) {
            throw new ApiException(
                    403,
                    "not_allowed",
                    "this server takes no changes of its adapters; start it with --dynamic-adapters to allow them");
        }
        if (loads) {
            fields.requireOnly("lora_name", "lora_path", "load_inplace");
        } else {
            fields.requireOnly("lora_name", "lora_int_id");
        }
        return new Request(
                checked("lora_name", List.of(fields.text("lora_name"))).get(0),
                loads ? Optional.of(fields.text("lora_path")) : Optional.empty(),
                fields.flag("load_inplace", false));
    }

    @Override
    void answer(Request request, Exchange exchange) {
        if (request.path.isPresent()) {
            models.load(request.name, request.path.get(), request.replace);
        } else {
            models.unload(request.name);
        }
        String done =
                "Success: LoRA adapter '" + request.name + "' " + (loads ? "added" : "removed") + " successfully.";
        exchange.reply(200, "text/plain; charset=utf-8", done.getBytes(StandardCharsets.UTF_8), Map.of());
    }
}
