package com.example;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.lsradapt.data.TextPair;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/** Starts the service on a free port, adds each tenant's documents, searches in them and stops. */
class Try {
    public static void main(String[] args) throws Exception {
        SpringApplication service = new SpringApplication(Service.class);
        try (ConfigurableApplicationContext context =
                service.run("--server.port=0", "--server.address=127.0.0.1")) {
            String address = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
            for (Tenant tenant : Tenant.values()) {
                List<String> names = tenant.pairs(args[0]).stream()
                        .map(TextPair::positive)
                        .toList();
                send(tenant.key(), HttpRequest.newBuilder(URI.create(address + "/documents"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(JsonMapper.shared().writeValueAsString(names))));
            }
            search(address, "web", "How long does a session live?");
            search(address, "messaging", "Where are the servers of Kafka?");
            search(address, "nobody", "Who are you?");
        }
    }

    private static void search(String address, String tenant, String question) throws Exception {
        String query = URLEncoder.encode(question, StandardCharsets.UTF_8);
        System.out.println(question + " "
                + send(tenant, HttpRequest.newBuilder(URI.create(address + "/search?q=" + query))));
    }

    private static String send(String tenant, HttpRequest.Builder request) throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(request.header("X-Tenant", tenant).build(), HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.body();
    }
}
