#include "core/context/condition.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "core/context/context_path.hpp"

namespace studio::core {

namespace {

constexpr std::size_t text_bytes_max = 1024;
constexpr std::size_t nodes_max = 64;
constexpr std::size_t depth_max = 16;

std::optional<double> number_in(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

std::optional<double> number_of(const Json& value) {
    if (const auto* text = value.if_string()) {
        return number_in({text->data(), text->size()});
    }
    return value.is_number() ? std::optional(value.to_number<double>()) : std::nullopt;
}

bool are_equal(const Json* left, const Json* right) {
    const bool left_null = left == nullptr || left->is_null();
    const bool right_null = right == nullptr || right->is_null();
    if (left_null || right_null) {
        return left_null && right_null;
    }
    if (left->is_number() || right->is_number()) {
        const auto first = number_of(*left);
        const auto second = number_of(*right);
        return first && second && *first == *second;
    }
    return *left == *right;
}

}  // namespace

/// Recursive descent with a bound on depth. A path is an operand; the words of the grammar are not.
class ConditionParser {
public:
    explicit ConditionParser(std::string_view text) : text_(text) {}

    Result<Condition, ConditionError> parse() {
        if (text_.size() > text_bytes_max) {
            return fail(ConditionError{.offset = text_bytes_max, .message = "is too long"});
        }
        const std::size_t root = either();
        skip_spaces();
        if (!error_ && offset_ != text_.size()) {
            set_error("is not understood here");
        }
        if (error_) {
            return fail(*error_);
        }
        condition_.root_ = root;
        condition_.text_ = std::string(text_);
        return condition_;
    }

private:
    using Kind = Condition::Kind;
    using Node = Condition::Node;

    std::size_t either() {
        std::size_t left = both();
        while (!error_ && take_word("or")) {
            const std::size_t right = both();
            left = add({.kind = Kind::either, .left = left, .right = right});
        }
        return left;
    }

    std::size_t both() {
        std::size_t left = negation();
        while (!error_ && take_word("and")) {
            const std::size_t right = negation();
            left = add({.kind = Kind::both, .left = left, .right = right});
        }
        return left;
    }

    std::size_t negation() {
        if (++depth_ > depth_max) {
            set_error("is nested too deep");
            return 0;
        }
        std::size_t node = 0;
        if (take_word("not")) {
            const std::size_t inner = negation();
            node = add({.kind = Kind::negation, .left = inner});
        } else {
            node = comparison();
        }
        --depth_;
        return node;
    }

    std::size_t comparison() {
        const std::size_t left = operand();
        using Order = Condition::Order;
        constexpr std::pair<std::string_view, Order> orders[] = {
            {"==", Order::equal},         {"!=", Order::unequal}, {"<=", Order::less_equal},
            {">=", Order::greater_equal}, {"<", Order::less},     {">", Order::greater}};
        skip_spaces();
        for (const auto& [sign, order] : orders) {
            if (!error_ && text_.substr(offset_).starts_with(sign)) {
                offset_ += sign.size();
                const std::size_t right = operand();
                return add({.kind = Kind::compare, .order = order, .left = left, .right = right});
            }
        }
        return left;
    }

    std::size_t operand() {
        skip_spaces();
        if (error_ || offset_ == text_.size()) {
            set_error("ends where a value is needed");
            return 0;
        }
        const char first = text_[offset_];
        if (first == '(') {
            return brackets();
        }
        if (first == '\'' || first == '"') {
            return quoted(first);
        }
        if (text_.substr(offset_).starts_with("{{")) {
            const std::size_t close = text_.find("}}", offset_);
            if (close == std::string_view::npos) {
                set_error("has '{{' without '}}'");
                return 0;
            }
            const std::string_view inside = text_.substr(offset_ + 2, close - offset_ - 2);
            const std::size_t start = inside.find_first_not_of(' ');
            const std::size_t end = inside.find_last_not_of(' ');
            const std::size_t node =
                path(start == std::string_view::npos ? "" : inside.substr(start, end - start + 1));
            offset_ = close + 2;
            return node;
        }
        return word();
    }

    std::size_t brackets() {
        ++offset_;
        const std::size_t node = either();
        skip_spaces();
        if (!error_ && (offset_ == text_.size() || text_[offset_] != ')')) {
            set_error("lacks a ')'");
            return 0;
        }
        ++offset_;
        return node;
    }

    std::size_t quoted(char quote) {
        const std::size_t close = text_.find(quote, offset_ + 1);
        if (close == std::string_view::npos) {
            set_error("has a text without its end");
            return 0;
        }
        const std::string_view text = text_.substr(offset_ + 1, close - offset_ - 1);
        offset_ = close + 1;
        return add({.kind = Kind::constant, .constant = Json(std::string(text))});
    }

    std::size_t word() {
        const std::size_t end =
            std::min(text_.find_first_of(" \t\r\n()=!<>'\"{}", offset_), text_.size());
        const std::string_view text = text_.substr(offset_, end - offset_);
        if (text == "true" || text == "false" || text == "null") {
            offset_ = end;
            return add({.kind = Kind::constant,
                        .constant = text == "null" ? Json(nullptr) : Json(text == "true")});
        }
        if (const auto number = number_in(text)) {
            offset_ = end;
            return add({.kind = Kind::constant, .constant = Json(*number)});
        }
        if (text == "and" || text == "or" || text == "not") {
            set_error("ends where a value is needed");
            return 0;
        }
        const std::size_t node = path(text);
        offset_ = end;
        return node;
    }

    std::size_t path(std::string_view text) {
        if (!is_context_path(text)) {
            set_error("names no value here");
            return 0;
        }
        return add({.kind = Kind::path, .path = std::string(text)});
    }

    bool take_word(std::string_view word) {
        skip_spaces();
        const std::string_view rest = text_.substr(offset_);
        if (!rest.starts_with(word)) {
            return false;
        }
        const bool ends =
            rest.size() == word.size() ||
            std::string_view(" \t\r\n(").find(rest[word.size()]) != std::string_view::npos;
        if (ends) {
            offset_ += word.size();
        }
        return ends;
    }

    void skip_spaces() {
        while (offset_ < text_.size() &&
               std::string_view(" \t\r\n").find(text_[offset_]) != std::string_view::npos) {
            ++offset_;
        }
    }

    std::size_t add(Node node) {
        if (condition_.nodes_.size() == nodes_max) {
            set_error("has too many parts");
            return 0;
        }
        condition_.nodes_.push_back(std::move(node));
        return condition_.nodes_.size() - 1;
    }

    /// The first error counts.
    void set_error(std::string message) {
        if (!error_) {
            error_ = ConditionError{.offset = offset_, .message = std::move(message)};
        }
    }

    std::string_view text_;
    std::size_t offset_ = 0;
    std::size_t depth_ = 0;
    Condition condition_;
    std::optional<ConditionError> error_;
};

Result<Condition, ConditionError> Condition::parse(std::string_view text) {
    return ConditionParser(text).parse();
}

bool Condition::holds(const ValueSource& source) const {
    return !nodes_.empty() && truth(root_, source);
}

const Json* Condition::value(std::size_t node, const ValueSource& source) const {
    static const Json true_value = true;
    static const Json false_value = false;
    const Node& at = nodes_[node];
    if (at.kind == Kind::constant) {
        return &at.constant;
    }
    if (at.kind == Kind::path) {
        return source.find(at.path);
    }
    return truth(node, source) ? &true_value : &false_value;
}

bool Condition::truth(std::size_t node, const ValueSource& source) const {
    const Node& at = nodes_[node];
    switch (at.kind) {
        case Kind::negation:
            return !truth(at.left, source);
        case Kind::both:
            return truth(at.left, source) && truth(at.right, source);
        case Kind::either:
            return truth(at.left, source) || truth(at.right, source);
        case Kind::compare:
            return compare(at, source);
        case Kind::constant:
        case Kind::path:
            return is_truthy(value(node, source));
    }
    return false;
}

bool Condition::compare(const Node& node, const ValueSource& source) const {
    const Json* left = value(node.left, source);
    const Json* right = value(node.right, source);
    if (node.order == Order::equal || node.order == Order::unequal) {
        return are_equal(left, right) == (node.order == Order::equal);
    }
    const auto first = left == nullptr ? std::nullopt : number_of(*left);
    const auto second = right == nullptr ? std::nullopt : number_of(*right);
    if (!first || !second) {
        return false;
    }
    switch (node.order) {
        case Order::less:
            return *first < *second;
        case Order::less_equal:
            return *first <= *second;
        case Order::greater:
            return *first > *second;
        default:
            return *first >= *second;
    }
}

bool is_truthy(const Json* value) {
    if (value == nullptr || value->is_null()) {
        return false;
    }
    if (value->is_bool()) {
        return value->get_bool();
    }
    if (value->is_number()) {
        return value->to_number<double>() != 0.0;
    }
    if (const auto* text = value->if_string()) {
        return !text->empty();
    }
    const JsonArray* list = value->if_array();
    return list != nullptr ? !list->empty() : !value->get_object().empty();
}

}  // namespace studio::core
