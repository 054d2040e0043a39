#include "base/constant_time.hpp"

#include <cstddef>

namespace studio {

bool equals_in_constant_time(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) {
        return false;
    }
    // Volatile: a compiler that saw the aim could stop at the first difference.
    volatile unsigned char difference = 0;
    for (std::size_t index = 0; index < left.size(); ++index) {
        difference =
            static_cast<unsigned char>(difference | (static_cast<unsigned char>(left[index]) ^
                                                     static_cast<unsigned char>(right[index])));
    }
    return difference == 0;
}

}  // namespace studio
