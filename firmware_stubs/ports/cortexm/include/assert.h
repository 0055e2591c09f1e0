/* Our own promises are checked by the host builds; here there is nobody to tell. */
#ifndef RIG_CORTEXM_ASSERT_H
#define RIG_CORTEXM_ASSERT_H

#define assert(promise) ((void)0)
#define static_assert _Static_assert

#endif
