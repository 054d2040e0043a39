#include "adapters/kubernetes/pod_deletion_cost.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "base/entropy.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"
#include "support/fakes/fake_http_client.hpp"

namespace studio::adapters {
namespace {

class PodDeletionCostTest : public ::testing::Test {
protected:
    PodDeletionCostTest() {
        options_.host = "10.96.0.1";
        options_.pod_namespace = "studio";
        options_.pod_name = "worker-6f9d-x7k2p";
        options_.credentials = (std::filesystem::path(::testing::TempDir()) /
                                ::testing::UnitTest::GetInstance()->current_test_info()->name())
                                   .string();
        std::filesystem::create_directories(options_.credentials);
        write_token("first\n");
    }
    ~PodDeletionCostTest() override { std::filesystem::remove_all(options_.credentials); }

    void write_token(std::string_view token) const {
        std::ofstream(options_.credentials + "/token") << token;
    }

    Result<bool, RemovalCostError> write(int cost) {
        PodDeletionCost removal(client_, options_);
        loop_.post([this, &removal, cost] { scope_.spawn(keep(removal, cost)); });
        loop_.run_for(seconds(10));
        return *outcome_;
    }
    Task<void> keep(PodDeletionCost& removal, int cost) { outcome_ = co_await removal.write(cost); }

    int status_ = 200;
    PodOptions options_;
    runtime::VirtualLoop loop_;
    runtime::TaskScope scope_{loop_};
    SeededEntropy entropy_{1};
    testing_support::FakeHttpClient client_{loop_, testing_support::FaultPlan{.entropy = &entropy_},
                                            [this](const HttpRequest&) {
                                                HttpResponse response;
                                                response.status = status_;
                                                return response;
                                            }};
    std::optional<Result<bool, RemovalCostError>> outcome_;
};

std::string header(const HttpRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.headers) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

TEST_F(PodDeletionCostTest, PatchesTheAnnotationOfItsOwnPod) {
    ASSERT_TRUE(options_.is_in_cluster());
    EXPECT_TRUE(write(100).has_value());
    const HttpRequest& request = client_.requests().front();
    EXPECT_EQ(request.method, "PATCH");
    EXPECT_EQ(request.url, "https://10.96.0.1:443/api/v1/namespaces/studio/pods/worker-6f9d-x7k2p");
    EXPECT_EQ(
        request.body,
        R"({"metadata":{"annotations":{"controller.kubernetes.io/pod-deletion-cost":"100"}}})");
    EXPECT_EQ(header(request, "Content-Type"), "application/merge-patch+json");
    EXPECT_EQ(header(request, "Authorization"), "Bearer first");
    EXPECT_TRUE(request.is_operator_url);
}

TEST_F(PodDeletionCostTest, ReadsTheTokenAnewSinceItIsRenewed) {
    EXPECT_TRUE(write(0).has_value());
    write_token("second");
    EXPECT_TRUE(write(100).has_value());
    EXPECT_EQ(header(client_.requests().back(), "Authorization"), "Bearer second");
    std::filesystem::remove(options_.credentials + "/token");
    EXPECT_EQ(write(0).error(), RemovalCostError::refused);
    EXPECT_EQ(client_.requests().size(), 2U);
}

TEST_F(PodDeletionCostTest, TellsWhatMayPassFromWhatStays) {
    for (const int status : {401, 403, 404, 422}) {
        status_ = status;
        EXPECT_EQ(write(0).error(), RemovalCostError::refused) << status;
    }
    for (const int status : {429, 500, 503}) {
        status_ = status;
        EXPECT_EQ(write(0).error(), RemovalCostError::unavailable) << status;
    }
}

TEST_F(PodDeletionCostTest, WritesAddressesOfSixInBrackets) {
    options_.host = "fd00::1";
    options_.port = 6443;
    EXPECT_TRUE(write(0).has_value());
    EXPECT_TRUE(client_.requests().front().url.starts_with("https://[fd00::1]:6443/api/"));
}

TEST_F(PodDeletionCostTest, IsInAClusterOnlyWithAllThatItNeeds) {
    for (std::string* const needed :
         {&options_.host, &options_.pod_name, &options_.pod_namespace, &options_.credentials}) {
        const std::string kept = std::exchange(*needed, "");
        EXPECT_FALSE(options_.is_in_cluster());
        *needed = kept;
    }
    EXPECT_TRUE(options_.is_in_cluster());
}

TEST_F(PodDeletionCostTest, RefusesNamesThatWouldChangeTheUrl) {
    EXPECT_TRUE(validate(options_).empty());
    for (const char* name : {"../secrets", "a/b", "a?x", "A", "-a", "a..b", "a b", "a%2f"}) {
        options_.pod_name = name;
        EXPECT_EQ(validate(options_).size(), 1U) << name;
    }
    options_.pod_name = "a";
    options_.pod_namespace = "kube/system";
    EXPECT_EQ(validate(options_).size(), 1U);
    options_.pod_namespace = "a";
    options_.host = "evil.example/x";
    EXPECT_EQ(validate(options_).size(), 1U);
}

}  // namespace
}  // namespace studio::adapters
