package com.example;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.lsradapt.springai.AdaptedEmbeddingModel;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;
import org.springframework.ai.document.Document;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.SimpleVectorStore;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * Keeps and searches the documents of each tenant, embedded with the tenant's adapter. The header X-Tenant names the tenant;
 * behind a gateway that authenticates callers, the gateway sets it.
 */
@SpringBootApplication
@RestController
public class Service {
    private static final String TENANT = "X-Tenant";

    private final AdaptedEmbeddingModel model;
    private final MultiAdapterEmbedder adapters;
    private final Map<String, VectorStore> stores = new ConcurrentHashMap<>();

    Service(AdaptedEmbeddingModel model, MultiAdapterEmbedder adapters) {
        this.model = model;
        this.adapters = adapters;
    }

    public static void main(String[] args) {
        SpringApplication.run(Service.class, args);
    }

    @PostMapping("/documents")
    void add(@RequestHeader(TENANT) String tenant, @RequestBody List<String> texts) {
        store(tenant).add(texts.stream().map(Document::new).toList());
    }

    @GetMapping("/search")
    List<String> search(@RequestHeader(TENANT) String tenant, @RequestParam String q) {
        SearchRequest request = SearchRequest.builder().query(q).topK(3).build();
        return store(tenant).similaritySearch(request).stream()
                .map(Document::getText)
                .toList();
    }

    /** The answer to an unknown tenant does not say which there are. */
    private VectorStore store(String tenant) {
        if (!adapters.model().names().contains(tenant)) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND);
        }
        return stores.computeIfAbsent(
                tenant,
                name -> SimpleVectorStore.builder(model.withAdapter(name)).build());
    }
}
