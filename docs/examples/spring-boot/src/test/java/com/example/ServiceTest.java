package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.springai.AdaptedEmbeddingModel;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

@SpringBootTest
@AutoConfigureMockMvc
class ServiceTest {
    @TempDir
    private static Path adapters;

    @Autowired
    private MockMvcTester service;

    @Autowired
    private AdaptedEmbeddingModel model;

    @DynamicPropertySource
    static void train(DynamicPropertyRegistry properties) throws Exception {
        Train.train(adapters, "16", "1");
        properties.add("lsradapt.embedding.store", adapters::toString);
    }

    private MvcTestResult add(String tenant, String texts) {
        return service.post()
                .uri("/documents")
                .header("X-Tenant", tenant)
                .contentType(MediaType.APPLICATION_JSON)
                .content(texts)
                .exchange();
    }

    private MvcTestResult search(String tenant) {
        return service.get().uri("/search?q=session").header("X-Tenant", tenant).exchange();
    }

    @BeforeEach
    void addDocuments() {
        assertThat(add("web", "[\"server.servlet.session.timeout\"]")).hasStatusOk();
        assertThat(add("messaging", "[\"spring.kafka.bootstrap-servers\"]")).hasStatusOk();
    }

    @Test
    void eachTenant_findsItsOwnDocuments_withItsOwnAdapter() {
        assertThat(search("web")).bodyJson().extractingPath("$[0]").isEqualTo("server.servlet.session.timeout");
        assertThat(search("messaging")).bodyJson().extractingPath("$[0]").isEqualTo("spring.kafka.bootstrap-servers");
        assertThat(model.withAdapter("web").embed("session"))
                .isNotEqualTo(model.withAdapter("messaging").embed("session"));
    }

    @Test
    void unknownTenant_isNotFound_andLearnsOfNoOther() throws Exception {
        for (String unknown : List.of("nobody", "base", "")) {
            for (MvcTestResult refused : List.of(search(unknown), add(unknown, "[\"x\"]"))) {
                assertThat(refused).hasStatus(HttpStatus.NOT_FOUND);
                assertThat(refused.getResponse().getContentAsString()).doesNotContain("web", "messaging");
            }
        }
        assertThat(service.get().uri("/search?q=session")).hasStatus(HttpStatus.BAD_REQUEST);
    }
}
