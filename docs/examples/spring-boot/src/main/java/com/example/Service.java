package com.example;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.lsradapt.springai.AdaptedEmbeddingModel;
import org.springframework.ai.document.Document;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.SimpleVectorStore;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Keeps and searches the documents of each tenant, embedded with the tenant's adapter. */
@SpringBootApplication
@RestController
public class Service {
    private final AdaptedEmbeddingModel model;
    private final Map<String, VectorStore> stores = new ConcurrentHashMap<>();

    Service(AdaptedEmbeddingModel model) {
        this.model = model;
    }

    public static void main(String[] args) {
        SpringApplication.run(Service.class, args);
    }

    @PostMapping("/{tenant}/documents")
    void add(@PathVariable String tenant, @RequestBody List<String> texts) {
        store(tenant).add(texts.stream().map(Document::new).toList());
    }

    @GetMapping("/{tenant}/search")
    List<String> search(@PathVariable String tenant, @RequestParam String q) {
        SearchRequest request = SearchRequest.builder().query(q).topK(3).build();
        return store(tenant).similaritySearch(request).stream()
                .map(Document::getText)
                .toList();
    }

    /** There is no adapter of this name. */
    @ExceptionHandler(IllegalArgumentException.class)
    @ResponseStatus(HttpStatus.NOT_FOUND)
    String unknown(IllegalArgumentException e) {
        return e.getMessage();
    }

    private VectorStore store(String tenant) {
        return stores.computeIfAbsent(
                tenant,
                name -> SimpleVectorStore.builder(model.withAdapter(name)).build());
    }
}
