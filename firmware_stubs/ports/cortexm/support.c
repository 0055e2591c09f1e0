/* What a compiler expects to find in every program, for want of a C library: copying, and dividing 64 bits. */
#include <stdint.h> /* uint64_t, int64_t */
#include <string.h> /* what is defined here */

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
    uint8_t *at = to;
    const uint8_t *source = from;

    while (length-- > 0) {
        *at++ = *source++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t length)
{
    uint8_t *at = to;
    const uint8_t *source = from;

    if (at <= source) {
        return memcpy(to, from, length);
    }
    while (length-- > 0) {
        at[length] = source[length];
    }
    return to;
}

void *memset(void *at, int byte, size_t length)
{
    uint8_t *next = at;

    while (length-- > 0) {
        *next++ = (uint8_t)byte;
    }
    return at;
}

int memcmp(const void *one, const void *other, size_t length)
{
    const uint8_t *left = one;
    const uint8_t *right = other;

    for (; length > 0; length--, left++, right++) {
        if (*left != *right) {
            return *left - *right;
        }
    }
    return 0;
}

int strcmp(const char *one, const char *other)
{
    while (*one != '\0' && *one == *other) {
        one++;
        other++;
    }
    return (unsigned char)*one - (unsigned char)*other;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0') {
        length++;
    }
    return length;
}

/* The ARM run-time ABI's names (IHI 0043, sections 4.2 and 4.3.4). */
void __aeabi_memcpy(void *to, const void *from, size_t length);
void __aeabi_memmove(void *to, const void *from, size_t length);
void __aeabi_memset(void *at, size_t length, int byte);
void __aeabi_memclr(void *at, size_t length);
uint64_t divide_unsigned(uint64_t number, uint64_t by, uint64_t *rest);
int64_t divide_signed(int64_t number, int64_t by, int64_t *rest);

void __aeabi_memcpy(void *to, const void *from, size_t length)
{
    (void)memcpy(to, from, length);
}

void __aeabi_memmove(void *to, const void *from, size_t length)
{
    (void)memmove(to, from, length);
}

void __aeabi_memset(void *at, size_t length, int byte)
{
    (void)memset(at, byte, length);
}

void __aeabi_memclr(void *at, size_t length)
{
    (void)memset(at, 0, length);
}

/* The same for pointers that are known to be aligned. */
__asm__(".globl __aeabi_memcpy4\n.globl __aeabi_memcpy8\n.globl __aeabi_memmove4\n.globl __aeabi_memmove8\n"
        ".globl __aeabi_memset4\n.globl __aeabi_memset8\n.globl __aeabi_memclr4\n.globl __aeabi_memclr8\n"
        ".set __aeabi_memcpy4, __aeabi_memcpy\n.set __aeabi_memcpy8, __aeabi_memcpy\n"
        ".set __aeabi_memmove4, __aeabi_memmove\n.set __aeabi_memmove8, __aeabi_memmove\n"
        ".set __aeabi_memset4, __aeabi_memset\n.set __aeabi_memset8, __aeabi_memset\n"
        ".set __aeabi_memclr4, __aeabi_memclr\n.set __aeabi_memclr8, __aeabi_memclr\n");

/* Bit by bit, as with pencil and paper. */
uint64_t divide_unsigned(uint64_t number, uint64_t by, uint64_t *rest)
{
    uint64_t quotient = 0;
    uint64_t left = 0;

    for (int bit = 63; bit >= 0; bit--) {
        left = (left << 1) | ((number >> bit) & 1u);
        if (left >= by) {
            left -= by;
            quotient |= UINT64_C(1) << bit;
        }
    }
    *rest = left;
    return quotient;
}

int64_t divide_signed(int64_t number, int64_t by, int64_t *rest)
{
    const uint64_t size = number < 0 ? 0u - (uint64_t)number : (uint64_t)number;
    uint64_t left;
    const uint64_t quotient = divide_unsigned(size, by < 0 ? 0u - (uint64_t)by : (uint64_t)by, &left);

    *rest = (int64_t)(number < 0 ? 0u - left : left);
    return (int64_t)((number < 0) != (by < 0) ? 0u - quotient : quotient);
}

/* The quotient comes back in r0 and r1, the remainder in r2 and r3: no C function can. */
#define DIVIDE(name, function)                                                                                         \
    __asm__(".globl " name "\n.type " name ", %function\n.thumb_func\n" name ":\n"                                      \
            "push {r4, lr}\nsub sp, #16\nadd r4, sp, #8\nstr r4, [sp]\nbl " function "\n"                               \
            "ldr r2, [sp, #8]\nldr r3, [sp, #12]\nadd sp, #16\npop {r4, pc}\n")

DIVIDE("__aeabi_uldivmod", "divide_unsigned");
DIVIDE("__aeabi_ldivmod", "divide_signed");
